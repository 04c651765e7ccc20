import Synchronization

/// Whether this worker's contact with Redis allows conclusions about other workers. While Redis hangs, the network is
/// down or this process is frozen, other workers may be unable to extend their leases, so an expired lease proves
/// nothing until all have had time for another heartbeat.
final class RedisContact: Sendable {
    private let lease: Duration
    private let interrupted = Mutex(ContinuousClock.now)

    /// - Parameter lease: how long leases hold. The contact is trusted after it has lasted as long without
    ///   interruption.
    init(lease: Duration) { self.lease = lease }

    /// Records one call to Redis.
    /// - Parameter took: the time until the reply; more than a quarter of a lease counts as an interruption.
    func note(_ took: Duration, succeeded: Bool) {
        guard !succeeded || took > lease / 4 else { return }
        interrupted.withLock { $0 = .now }
    }

    /// Whether an expired lease means that its worker is gone.
    var isTrusted: Bool { interrupted.withLock { $0.duration(to: .now) } >= lease }
}
