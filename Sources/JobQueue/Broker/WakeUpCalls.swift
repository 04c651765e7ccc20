import Redis

/// The wait of an idle worker: a blocking read on a connection of its own.
///
/// A call only says that it is worth asking: jobs are claimed by `Broker.fetch` alone, so a lost call costs a wait and
/// never a job.
public final class WakeUpCalls: Sendable {
    private let reader: RedisBlockingReader
    private let keyspace: QueueKeys

    /// Takes a connection of its own from the broker's client, for blocking reads alone.
    public init(broker: Broker) {
        reader = broker.redis.blockingReader()
        keyspace = broker.keyspace
    }

    /// Returns when a call comes (an enqueue, a promotion, a resumed queue), or after that time.
    /// - Parameter queues: whose calls are listened to; the calls of others reach other workers.
    /// - Returns: whether a call came.
    /// - Throws: `JobQueueError.redis` when the connection is lost or closed.
    @discardableResult
    public func wait(atMost time: Duration, for queues: [QueueName]) async throws(JobQueueError) -> Bool {
        let lists = queues.map { keyspace.of($0).wake }
        do { return try await reader.pop(from: lists, timeout: time) != nil } catch { throw .redis(error) }
    }

    /// Ends the wait that goes on now, if one does, with an error; a later one waits again.
    public func interrupt() { reader.interrupt() }

    /// Ends a wait at once, for good.
    public func close() async { await reader.close() }
}
