public import Foundation
public import JobQueue

/// The clock of this host beside that of Redis. Bots, trades and market data are dated by it, and other hosts read the
/// dates: a host that is off by more than the limit decides nothing.
public struct HostClock: Sendable {
    private let broker: Broker
    private let now: @Sendable () -> Date

    /// As for the scheduler's leader.
    public static let limitMilliseconds = LeaderLease.skewLimitMilliseconds

    /// - Parameter now: the wall clock of this host, by which jobs date what they write.
    public init(broker: Broker, now: @escaping @Sendable () -> Date) {
        self.broker = broker
        self.now = now
    }

    /// Why nothing is decided here; nil while the clock may be trusted.
    /// - Throws: what kept Redis from telling the time.
    public func trouble() async throws(JobQueueError) -> String? {
        let server = try await broker.clock.now()
        let host = min(max(now().timeIntervalSince1970 * 1_000, -0x1p53), 0x1p53)
        let skew = Int64(host.rounded()) - server
        guard skew.magnitude > Self.limitMilliseconds.magnitude else { return nil }
        // Whole seconds: all workers of a host say the same.
        let distance = "\(skew.magnitude / 1_000) s \(skew < 0 ? "behind" : "ahead of") that of Redis"
        return "the clock of this host is \(distance): nothing is decided or ordered here until it is set "
            + "(timedatectl set-ntp true)"
    }
}
