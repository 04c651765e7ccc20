import JobQueue
import Logging

/// Logs when this machine's clock differs too much from that of Redis, and when it is right again.
struct SkewWatch {
    private(set) var milliseconds: Int64 = 0
    private var isShown = false

    mutating func note(_ skew: Int64, shownFrom limit: Int64, _ logger: Logger) {
        milliseconds = skew
        let isFar = skew.magnitude > limit.magnitude
        defer { isShown = isFar }
        guard isFar != isShown else { return }
        guard isFar else { return logger.info("this machine's clock agrees with that of Redis again") }
        let refuses = skew.magnitude > LeaderLease.skewLimitMilliseconds.magnitude
        logger.warning(
            """
            this machine's clock is \(skew.magnitude) ms \(skew > 0 ? "ahead of" : "behind") that of Redis\
            \(refuses ? ", so this scheduler does not lead" : ""). Set it right, for example with chrony
            """)
    }
}

/// Logs when the clock of Redis was set forward by so much that it counts as a correction.
struct ClockJumpWatch {
    private var last: Int64?
    /// Three hours.
    private static let limit: Int64 = 3 * 3_600_000

    mutating func note(_ now: Int64, _ logger: Logger) {
        defer { last = now }
        guard let last, now - last > Self.limit else { return }
        logger.warning(
            """
            the clock of Redis went forward by \((now - last) / 60_000) minutes since this scheduler's last look: that \
            counts as a correction, and what was to tick in between follows each entry's misfire rule
            """)
    }
}

/// Detects that the clock of Redis was set: it advances by more, or by less, than elapsed time.
struct ClockStepWatch {
    private var last: (now: Int64, elapsed: Duration)?
    /// The newest step, in milliseconds, and when it was seen; nil for none.
    private(set) var step: (by: Int64, seen: Duration)?
    /// Whether a step forward still has to be handled.
    var wentForward = false

    /// A smaller step does no harm, in milliseconds.
    static let limit: Int64 = 60_000
    /// The inaccuracy of two readings with their round trips, in milliseconds.
    private static let tolerance: Int64 = 1_000

    /// - Parameters:
    ///   - now: unix milliseconds by the clock of Redis.
    ///   - elapsed: time that has passed, by a clock that is never set.
    /// - Returns: by how much the clock was set since the last reading, in milliseconds; 0 when it was not.
    mutating func note(_ now: Int64, elapsed: Duration) -> Int64 {
        defer { last = (now, elapsed) }
        guard let last else { return 0 }
        let by = now - last.now - (elapsed - last.elapsed).milliseconds
        guard by.magnitude > Self.tolerance.magnitude else { return 0 }
        step = (by, elapsed)
        if by > Self.limit { wentForward = true }
        return by
    }

    /// The step that was detected within the last 15 s.
    var recent: Int64? {
        guard let step, let last, last.elapsed - step.seen < .seconds(15) else { return nil }
        return step.by
    }

    /// A length of time for display: `250ms`, `12s`, `2h 5m`, `3652d 1h`.
    static func text(_ milliseconds: Int64) -> String {
        let size = Int64(clamping: milliseconds.magnitude)
        if size < 1_000 { return "\(size)ms" }
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")]
        let first = units.firstIndex { size >= $0.0 } ?? units.count - 1
        var (parts, rest) = ([String](), size)
        for (unit, letter) in units[first...].prefix(2) {
            if rest >= unit { parts.append("\(rest / unit)\(letter)") }
            rest %= unit
        }
        return parts.joined(separator: " ")
    }
}

/// Measures elapsed time by any clock.
struct Stopwatch: Sendable {
    let elapsed: @Sendable () -> Duration

    init(_ clock: any Clock<Duration>) { self = Self.started(clock) }

    /// - Parameter elapsed: time that has passed since some moment.
    init(elapsed: @escaping @Sendable () -> Duration) { self.elapsed = elapsed }

    private static func started<Source: Clock>(_ clock: Source) -> Stopwatch where Source.Duration == Duration {
        let start = clock.now
        return Stopwatch(elapsed: { start.duration(to: clock.now) })
    }
}
