/// Reads times and numbers that Redis stores as text.
///
/// Another program may have written them, and sums of a few must not overflow: a number beyond 2^54, which is the
/// present time plus the longest `Duration` in milliseconds, is no time.
enum StoredTime {
    static let limit: Int64 = 1 << 54

    /// Unix milliseconds; nil for anything else.
    static func milliseconds(_ text: some StringProtocol) -> Int64? {
        guard let number = Int64(text), (-limit...limit).contains(number) else { return nil }
        return number
    }
}
