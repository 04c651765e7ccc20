import Synchronization

/// Whether this worker's contact with Redis tells something about others. A Redis that hung, a network that broke or a
/// process that was frozen has kept every worker from extending its lease, so that an ended lease means nothing until
/// all have had the time to beat again.
final class RedisContact: Sendable {
    private let lease: Duration
    private let interrupted = Mutex(ContinuousClock.now)

    /// - Parameter lease: how long leases hold. A contact is trusted when it has held as long.
    init(lease: Duration) { self.lease = lease }

    /// Notes a question to Redis.
    /// - Parameter took: until the answer; more than a quarter of a lease is an interruption.
    func note(_ took: Duration, succeeded: Bool) {
        guard !succeeded || took > lease / 4 else { return }
        interrupted.withLock { $0 = .now }
    }

    /// Whether an ended lease tells that its worker is gone.
    var isTrusted: Bool { interrupted.withLock { $0.duration(to: .now) } >= lease }
}
