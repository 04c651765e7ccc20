import Synchronization

/// Whether this worker's contact with Redis allows conclusions about other workers. While Redis hangs, the network is
/// down or this process is frozen, other workers may be unable to extend their leases, so an expired lease proves
/// nothing until all have had time for another heartbeat.
final class RedisContact: Sendable {
    private let lease: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let interrupted: Mutex<ContinuousClock.Instant>

    /// - Parameter lease: how long leases hold. The contact is trusted after it has lasted as long without
    ///   interruption.
    init(lease: Duration, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.lease = lease
        self.now = now
        interrupted = Mutex(now())
    }

    /// Records one call to Redis.
    /// - Parameter took: the time until the reply; more than a quarter of a lease counts as an interruption.
    func note(_ took: Duration, succeeded: Bool) {
        guard !succeeded || took > lease / 4 else { return }
        let now = now()
        interrupted.withLock { $0 = now }
    }

    /// Whether an expired lease means that its worker is gone.
    var isTrusted: Bool { interrupted.withLock { $0 }.duration(to: now()) >= lease }
}
