import JobQueue

/// Holds retention after a forward jump of the Redis clock: with a clock that is ahead every job looks old, and removed
/// jobs do not come back when the clock is corrected.
///
/// The hold ends after an hour, or once the clock is set back. It detects only jumps that its own process has seen;
/// dead letters are exported before they are removed in any case.
struct RetentionHold {
    private var last: (now: Int64, elapsed: Duration)?
    private var until: Duration?

    /// A forward jump up to this many milliseconds is ignored.
    private static let limit: Int64 = 600_000
    private static let length = Duration.seconds(3_600)

    /// - Parameters:
    ///   - now: unix milliseconds by the clock of Redis.
    ///   - elapsed: time that has passed since some moment, by a clock that is never set.
    /// - Returns: by how many milliseconds the clock jumped, when that starts a hold; else nil.
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
