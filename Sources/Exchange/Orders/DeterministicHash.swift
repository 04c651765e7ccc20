import Crypto

/// The source of everything that looks random on an exchange's side, so that any worker computes the same.
/// Domain specification 7.2.
public enum DeterministicHash {
    /// H: the first 8 bytes, big-endian, of SHA-256 over the UTF-8 of `parts` joined by "|".
    public static func value(_ parts: String...) -> UInt64 { value(joined: parts.joined(separator: "|")) }

    /// u01: the upper 53 bits of H as a number in 0..<1.
    public static func unit(_ parts: String...) -> Double {
        Double(value(joined: parts.joined(separator: "|")) >> 11) * 0x1p-53
    }

    private static func value(joined text: String) -> UInt64 {
        var value: UInt64 = 0
        for byte in SHA256.hash(data: Array(text.utf8)).prefix(8) { value = value << 8 | UInt64(byte) }
        return value
    }
}
