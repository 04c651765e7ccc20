/// Ids that are the same each time a message is run, so that a second run publishes nothing anew.
package struct DerivedID: Sendable {
    private let seed: String
    private var count = 0

    /// - Parameter seed: what names the run, such as id and delivery of its message.
    package init(seed: String) { self.seed = seed }

    /// Of one delivery of a message; the same again when it is redelivered.
    package init(of message: TaskMessage) {
        self.init(seed: message.id + " " + (message.deliveryTag ?? "") + " " + String(message.retries))
    }

    /// 32 hexadecimal digits for the seed alone.
    package var mark: String { Self.hex(Self.hash(seed)) }

    /// The next id, in the form of a UUID.
    package mutating func next() -> String {
        count += 1
        let hex = Self.hex(Self.hash(seed + " " + String(count)))
        var text = ""
        for (index, digit) in hex.utf8.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            // The digits of version and variant, as of a UUID that is made from a name.
            let scalar: UInt8 = index == 12 ? UInt8(ascii: "5") : index == 16 ? UInt8(ascii: "8") : digit
            text.unicodeScalars.append(Unicode.Scalar(scalar))
        }
        return text
    }

    /// FNV-1a of 128 bits, then mixed, because its last bytes alone change few bits.
    private static func hash(_ text: String) -> UInt128 {
        let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013B
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* prime }
        for _ in 0..<2 {
            hash ^= hash >> 67
            hash = hash &* 0xFF51_AFD7_ED55_8CCD_C4CE_B9FE_1A85_EC53
        }
        return hash ^ (hash >> 65)
    }

    private static func hex(_ value: UInt128) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }
}
