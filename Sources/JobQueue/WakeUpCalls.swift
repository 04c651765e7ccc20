import Redis

/// The wait of an idle worker: a blocking read on a connection of its own.
///
/// A call only says that it is worth asking: jobs are claimed by `Broker.fetch` alone, so a lost call costs a wait and
/// never a job.
public final class WakeUpCalls: Sendable {
    private let reader: RedisBlockingReader
    private let queues: [QueueName]
    private let keyspace: QueueKeys

    /// - Parameter queues: whose calls are listened to.
    public init(broker: Broker, queues: [QueueName]) {
        reader = broker.redis.blockingReader()
        keyspace = broker.keyspace
        self.queues = queues
    }

    /// Returns when a call comes (an enqueue, a promotion, a resumed queue), or after that time.
    /// - Parameter some: of these queues only, so that the calls of the others reach other workers; nil for all.
    /// - Returns: whether a call came.
    /// - Throws: `JobQueueError.redis` when the connection is lost or closed.
    @discardableResult
    public func wait(atMost time: Duration, for some: [QueueName]? = nil) async throws(JobQueueError) -> Bool {
        let lists = (some ?? queues).map { keyspace.of($0).wake }
        do { return try await reader.pop(from: lists, timeout: time) != nil } catch { throw .redis(error) }
    }

    /// Ends a wait at once, for good.
    public func close() async { await reader.close() }
}
