import Redis

/// The wait of an idle worker: a blocking read on a connection of its own.
///
/// A wake-up only means that a fetch is useful: only `Broker.fetch` claims jobs, so a lost wake-up costs a wait and
/// never a job.
public final class WakeUpCalls: Sendable {
    private let reader: RedisBlockingReader
    private let keyspace: QueueKeys

    /// Opens a connection of its own with the broker's client, used only for blocking reads.
    public init(broker: Broker) {
        reader = broker.redis.blockingReader()
        keyspace = broker.keyspace
    }

    /// Returns when a wake-up arrives (an enqueue, a promotion, a resumed queue), or after that time.
    /// - Parameter queues: the queues to listen to; wake-ups of others reach other workers.
    /// - Returns: whether a wake-up arrived.
    /// - Throws: `JobQueueError.redis` when the connection is lost or closed.
    @discardableResult
    public func wait(atMost time: Duration, for queues: [QueueName]) async throws(JobQueueError) -> Bool {
        let lists = queues.map { keyspace.of($0).wake }
        do { return try await reader.pop(from: lists, timeout: time) != nil } catch { throw .redis(error) }
    }

    /// Ends a wait under way with an error; a later one waits again.
    public func interrupt() { reader.interrupt() }

    /// Ends a wait at once, for good.
    public func close() async { await reader.close() }
}
