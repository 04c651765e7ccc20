/// Reads times and numbers that stand as text in Redis.
///
/// Whatever wrote them, sums of a few must not overflow: beyond 2^54, a time of now and the longest `Duration` that has
/// milliseconds, there is no time.
enum StoredTime {
    static let limit: Int64 = 1 << 54

    /// Unix milliseconds; nil for anything else.
    static func milliseconds(_ text: some StringProtocol) -> Int64? {
        guard let number = Int64(text), (-limit...limit).contains(number) else { return nil }
        return number
    }
}
