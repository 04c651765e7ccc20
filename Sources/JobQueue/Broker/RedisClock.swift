public import Redis
import Synchronization

/// The time of the Redis server, without a command for each reading.
///
/// Leases, due times and buckets are compared in this one clock, so that a host whose clock is wrong or jumps can
/// neither expire another worker's lease nor start a job early. Between two readings it advances with the host's
/// monotonic clock, which does not jump.
public final class RedisClock: Sendable {
    private struct Reading {
        var serverMilliseconds: Int64
        /// By `monotonic`.
        var at: Duration
    }

    private let redis: RedisClient
    /// Time that has passed since some moment, by a clock that does not jump.
    private let monotonic: @Sendable () -> Duration
    private let reading = Mutex<Reading?>(nil)
    private static let maximumAge = Duration.seconds(10)
    /// The age of a reading after which `keepFresh` asks the server.
    private static let freshAge = Duration.seconds(5)
    private static let promptRoundTrip = Duration.milliseconds(200)
    /// In the year 9999.
    private static let latestSeconds = 253_370_764_800

    /// Replaces the server's time, for simulations and tests.
    private let given: (@Sendable () -> Int64)?

    /// Measures the time between two readings by `ContinuousClock`, which also runs while the host sleeps. Sends no
    /// command yet.
    public convenience init(redis: RedisClient) {
        let start = ContinuousClock.now
        self.init(redis: redis, monotonic: { start.duration(to: .now) })
    }

    /// - Parameter monotonic: time that has passed since some moment.
    init(redis: RedisClient, monotonic: @escaping @Sendable () -> Duration) {
        self.redis = redis
        self.monotonic = monotonic
        given = nil
    }

    /// A clock that does not ask Redis, for simulations and tests.
    /// - Parameter given: unix milliseconds.
    public init(redis: RedisClient, given: @escaping @Sendable () -> Int64) {
        self.redis = redis
        monotonic = { .zero }
        self.given = given
    }

    /// Unix milliseconds by the server's clock; asks the server when the last reading is older than ten seconds.
    public func now() async throws(JobQueueError) -> Int64 {
        if let given { return given() }
        let instant = monotonic()
        if let last = reading.withLock({ $0 }), instant - last.at < Self.maximumAge {
            return last.serverMilliseconds + (instant - last.at).milliseconds
        }
        return try await synchronise()
    }

    /// The time by the last reading, whatever its age, for work that has to go on while the server does not reply.
    /// - Returns: unix milliseconds; at least `limit`, and that alone before the first reading.
    public func estimate(atLeast limit: Int64) -> Int64 {
        if let given { return max(limit, given()) }
        guard let last = reading.withLock({ $0 }) else { return limit }
        return max(limit, last.serverMilliseconds + (monotonic() - last.at).milliseconds)
    }

    /// Asks the server. Half of the round trip is assumed for the reply, so the time may be wrong by the other half:
    /// after a slow reply it asks again, up to four times, and uses the quickest. A clock that is ahead by seconds
    /// would treat valid leases of other workers as expired.
    @discardableResult
    public func synchronise() async throws(JobQueueError) -> Int64 {
        if let given { return given() }
        var best = try await ask()
        for _ in 0..<3 where best.roundTrip > Self.promptRoundTrip {
            let next = try await ask()
            if next.roundTrip < best.roundTrip { best = next }
        }
        reading.withLock { $0 = best.reading }
        return best.reading.serverMilliseconds + (monotonic() - best.reading.at).milliseconds
    }

    /// Asks the server when the last reading is older than five seconds. Sent beside other commands, it saves the round
    /// trip that `now` would wait for.
    public func keepFresh() async throws(JobQueueError) {
        let instant = monotonic()
        if given == nil, let last = reading.withLock({ $0 }), instant - last.at >= Self.freshAge {
            try await synchronise()
        }
    }

    private func ask() async throws(JobQueueError) -> (reading: Reading, roundTrip: Duration) {
        let asked = monotonic()
        let server: Int64
        do throws(RedisError) {
            let parts = try await redis.send(["TIME"]).array(of: "TIME", count: 2)
            let (seconds, microseconds) = (try parts[0].int(of: "TIME"), try parts[1].int(of: "TIME"))
            // Times outside the possible range must not enter sums.
            guard (0...Self.latestSeconds).contains(seconds), (0..<1_000_000).contains(microseconds) else {
                throw RedisError.unexpectedReply(
                    command: "TIME", expected: "a time", got: "\(seconds) and \(microseconds)")
            }
            server = Int64(seconds * 1_000 + microseconds / 1_000)
        } catch { throw .redis(error) }
        let answered = monotonic()
        let roundTrip = answered - asked
        return (Reading(serverMilliseconds: server + roundTrip.milliseconds / 2, at: answered), roundTrip)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero; what exceeds 2^53 of them, 285 000 years, is brought within, so that
    /// no sum with a time overflows.
    public var milliseconds: Int64 {
        let limit: Int64 = 1 << 53
        let (seconds, attoseconds) = components
        guard seconds < limit / 1_000 else { return limit }
        guard seconds > -limit / 1_000 else { return -limit }
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
