import Redis

/// The wait of an idle worker: a blocking read on a connection of its own.
///
/// A call only says that it is worth asking: jobs are claimed by `Broker.fetch` alone, so a lost call costs a wait and
/// never a job.
public final class WakeUpCalls: Sendable {
    private let reader: RedisBlockingReader
    private let lists: [String]

    /// - Parameter queues: whose calls are listened to.
    public init(broker: Broker, queues: [QueueName]) {
        reader = broker.redis.blockingReader()
        lists = queues.map { KeysOfQueue($0).wake }
    }

    /// Returns when a call comes (an enqueue, a promotion, a resumed queue), or after that time.
    /// - Throws: `JobQueueError.redis` when the connection is lost or closed.
    public func wait(atMost time: Duration) async throws(JobQueueError) {
        do { _ = try await reader.pop(from: lists, timeout: time) } catch { throw .redis(error) }
    }

    /// Ends a wait at once, for good.
    public func close() async { await reader.close() }
}
