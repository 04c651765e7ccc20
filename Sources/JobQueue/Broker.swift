public import Redis
import Synchronization

/// The write side of the queue: one method for each script. Every method is one atomic step in Redis, or none.
///
/// All throw `JobQueueError.redis` when Redis cannot be reached or refuses. Where the reply was lost, the step may have
/// been taken: repeating it is harmless with the same job id or fence.
public struct Broker: Sendable {
    public let redis: RedisClient
    public let clock: RedisClock
    /// Finished jobs that each queue remembers; the number bounds Redis' memory.
    public var finishedLimit = 1_000
    private let registered: RegisteredQueues

    public init(redis: RedisClient) { self.init(redis: redis, clock: RedisClock(redis: redis)) }

    /// - Parameter clock: gives every time that the scripts see.
    public init(redis: RedisClient, clock: RedisClock) {
        self.redis = redis
        self.clock = clock
        registered = RegisteredQueues()
    }

    /// Accepts jobs. Those of one queue are accepted together or not at all, in batches of 500.
    /// - Returns: in the order of the jobs, their ids and whether each is new.
    /// - Throws: `JobQueueError.outOfRange` for a priority or time that no queue takes; nothing is enqueued then.
    @discardableResult
    public func enqueue(_ jobs: [NewJob]) async throws(JobQueueError) -> [EnqueuedJob] {
        let now = try await clock.now()
        for job in jobs { try job.check(now: now) }
        var random = SystemRandomNumberGenerator()
        var results = [EnqueuedJob?](repeating: nil, count: jobs.count)
        for (queue, positions) in Dictionary(grouping: jobs.indices, by: { jobs[$0].queue }) {
            try await register(queue)
            for start in stride(from: 0, to: positions.count, by: Self.batchLimit) {
                let batch = positions[start..<min(start + Self.batchLimit, positions.count)]
                let named = batch.map { (jobs[$0], jobs[$0].id ?? JobID.make(nowMilliseconds: now, using: &random)) }
                let fresh = try await enqueueBatch(named, to: queue, now: now)
                for (offset, position) in batch.enumerated() {
                    results[position] = EnqueuedJob(id: named[offset].1, queue: queue, isNew: fresh[offset])
                }
            }
        }
        return results.compactMap { $0 }
    }

    /// Accepts one job.
    @discardableResult
    public func enqueue(_ job: NewJob) async throws(JobQueueError) -> EnqueuedJob {
        try await enqueue([job])[0]
    }

    static let batchLimit = 500

    private func enqueueBatch(
        _ jobs: [(job: NewJob, id: JobID)], to queue: QueueName, now: Int64
    ) async throws(JobQueueError) -> [Bool] {
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(jobs.count)]
        arguments.reserveCapacity(2 + jobs.count * 4)
        for (job, id) in jobs {
            arguments.append(.text(id.description))
            arguments.append(.bytes(job.record(now: now)))
            arguments.append(.integer(job.priority))
            arguments.append(.integer(Int(job.dueMilliseconds(now: now))))
        }
        let reply = try await run(Scripts.enqueue, KeysOfQueue(queue).intake, arguments)
        return try decode { () throws(RedisError) in
            var fresh: [Bool] = []
            for value in try reply.array(of: "enqueue") { fresh.append(try value.bool(of: "enqueue")) }
            return fresh
        }
    }

    /// Notes that a queue exists, once in this process.
    public func register(_ queue: QueueName) async throws(JobQueueError) {
        guard !registered.contains(queue) else { return }
        _ = try await send(["SADD", .text(QueueKeys.queues), .text(queue.description)])
        registered.insert(queue)
    }

    func run(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]
    ) async throws(JobQueueError) -> RedisValue {
        do { return try await redis.run(script, keys: keys, arguments: arguments) } catch { throw .redis(error) }
    }

    func send(_ command: RedisCommand) async throws(JobQueueError) -> RedisValue {
        do { return try await redis.send(command) } catch { throw .redis(error) }
    }

    func pipeline(_ commands: [RedisCommand]) async throws(JobQueueError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        do { return try await redis.pipeline(commands) } catch { throw .redis(error) }
    }

    func decode<Value>(_ body: () throws(RedisError) -> Value) throws(JobQueueError) -> Value {
        do { return try body() } catch { throw .redis(error) }
    }
}

/// Guards the set of queues that this process has registered.
private final class RegisteredQueues: Sendable {
    private let names = Mutex<Set<QueueName>>([])

    func contains(_ queue: QueueName) -> Bool { names.withLock { $0.contains(queue) } }
    func insert(_ queue: QueueName) { names.withLock { _ = $0.insert(queue) } }
}
