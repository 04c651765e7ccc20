/// The secret that requests from other hosts carry. Shown in no text.
public struct APIToken: Sendable, Equatable, CustomStringConvertible {
    private let bytes: [UInt8]

    /// - Parameter text: at least 16 characters without spaces; nil otherwise, because a shorter one can be guessed.
    public init?(_ text: String) {
        guard text.utf8.count >= 16, !text.contains(where: \.isWhitespace) else { return nil }
        bytes = Array(text.utf8)
    }

    /// Always the same.
    public var description: String { "***" }

    /// Whether a header `Authorization` carries it. Takes as long for a wrong token of the same length as for the right
    /// one, so that it cannot be found out byte by byte.
    func isCarried(by header: String?) -> Bool {
        guard let header, header.lowercased().hasPrefix("bearer ") else { return false }
        let given = Array(header.utf8.dropFirst(7))
        var difference = UInt8(given.count == bytes.count ? 0 : 1)
        for (index, byte) in bytes.enumerated() { difference |= byte ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }
}
