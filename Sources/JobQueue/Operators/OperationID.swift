/// The name of an operation in the operator log: `op-`, nine characters of time and four by chance. Ids sort by time.
public enum OperationID {
    /// How each of them begins.
    public static let beginning = "op-"

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    private static let timeLength = 9
    private static let chanceLength = 4

    /// - Parameter now: unix milliseconds by the clock of Redis.
    public static func make(at now: Int64, using random: inout some RandomNumberGenerator) -> String {
        first(at: now) + text(UInt64.random(in: 0..<1 << 20, using: &random), chanceLength)
    }

    /// A text that sorts before all ids of this moment, and after those of earlier ones.
    static func first(at now: Int64) -> String { beginning + text(UInt64(max(0, now)), timeLength) }

    /// The last characters of a number in Crockford's base 32, in small letters.
    private static func text(_ number: UInt64, _ length: Int) -> String {
        var (rest, characters) = (number, [Character]())
        for _ in 0..<length {
            characters.append(alphabet[Int(rest & 31)])
            rest >>= 5
        }
        return String(characters.reversed())
    }
}
