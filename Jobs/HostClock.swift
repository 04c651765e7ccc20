public import Foundation
public import JobQueue

/// Compares the clock of this host with that of Redis. Bots, trades and market data carry its times, and other hosts
/// read them: a host whose clock is off by more than the limit makes no decisions.
public struct HostClock: Sendable {
    private let broker: Broker
    private let now: @Sendable () -> Date

    /// The same limit as for the scheduler's leader.
    public static let limitMilliseconds = LeaderLease.skewLimitMilliseconds

    /// - Parameter now: the wall clock of this host, by which jobs date what they write.
    public init(broker: Broker, now: @escaping @Sendable () -> Date) {
        self.broker = broker
        self.now = now
    }

    /// Why this host makes no decisions; nil while the clock may be trusted.
    /// - Throws: the error of reading the Redis clock.
    public func trouble() async throws(JobQueueError) -> String? {
        let server = try await broker.clock.now()
        let host = min(max(now().timeIntervalSince1970 * 1_000, -0x1p53), 0x1p53)
        let skew = Int64(host.rounded()) - server
        guard skew.magnitude > Self.limitMilliseconds.magnitude else { return nil }
        // Whole seconds, so that all workers of a host report the same sentence.
        let distance = "\(skew.magnitude / 1_000) s \(skew < 0 ? "behind" : "ahead of") that of Redis"
        return "the clock of this host is \(distance): nothing is decided or ordered here until it is set "
            + "(timedatectl set-ntp true)"
    }
}
