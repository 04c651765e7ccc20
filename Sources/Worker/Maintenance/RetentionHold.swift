import JobQueue

/// Keeps retention waiting after the clock of Redis went forward by itself: all that is kept looks old to a clock that
/// is ahead, and what is removed meanwhile does not come back with the right time.
///
/// It goes on after an hour, or once the clock was set back. It knows what its own process has seen; dead letters are
/// exported before they are removed in any case.
struct RetentionHold {
    private var last: (now: Int64, elapsed: Duration)?
    private var until: Duration?

    /// What a clock may go forward by without a word, in milliseconds.
    private static let limit: Int64 = 600_000
    private static let length = Duration.seconds(3_600)

    /// - Parameters:
    ///   - now: unix milliseconds by the clock of Redis.
    ///   - elapsed: time that has passed since some moment, by a clock that is never set.
    /// - Returns: by how much the clock went forward, when that begins to hold retention; else nil.
    mutating func note(_ now: Int64, elapsed: Duration) -> Int64? {
        defer { last = (now, elapsed) }
        if let end = until, elapsed >= end { until = nil }
        guard let last else { return nil }
        let by = now - last.now - (elapsed - last.elapsed).milliseconds
        if by < -Self.limit { until = nil }
        guard by > Self.limit else { return nil }
        until = elapsed + Self.length
        return by
    }

    var holds: Bool { until != nil }
}
