public import Redis

/// Accepts jobs, and what a person decides about queues: cancel, purge, pause, settings. Every method is one atomic
/// step in Redis, or none; the stores beside it hold the other moves.
///
/// All throw `JobQueueError.redis` when Redis cannot be reached or refuses. Where the reply was lost, the step may have
/// been taken: repeating it is harmless with the same job id or fence.
public struct Broker: Sendable {
    package var runner: ScriptRunner

    /// A broker with a clock of its own, which asks this Redis for the time.
    public init(redis: RedisClient) { self.init(redis: redis, clock: RedisClock(redis: redis)) }

    /// - Parameter clock: gives every time that the scripts see.
    public init(redis: RedisClient, clock: RedisClock) { runner = ScriptRunner(redis: redis, clock: clock) }

    /// The connection that carries every step; its namespace and database determine `keyspace`.
    public var redis: RedisClient { runner.redis }
    /// The Redis server's clock, on which all due times, leases and records are based.
    public var clock: RedisClock { runner.clock }
    /// The keys and channels of the client's namespace and database.
    public var keyspace: QueueKeys { runner.keyspace }
    /// Finished jobs that each queue keeps; the number bounds Redis' memory.
    public var finishedLimit: Int {
        get { runner.finishedLimit }
        set { runner.finishedLimit = newValue }
    }

    /// What workers do with jobs: fetch, hold, settle.
    public var claims: ClaimStore { ClaimStore(runner) }
    /// What keeps queues in order while workers come and go.
    public var maintenance: QueueMaintenance { QueueMaintenance(runner) }
    /// Dead jobs and what becomes of them.
    public var deadLetters: DeadLetterStore { DeadLetterStore(runner) }
    /// Ticks, entries and versions of the schedule.
    public var schedules: ScheduleStore { ScheduleStore(runner) }

    /// Accepts jobs. Those of one queue are accepted together or not at all, in batches of 250.
    /// - Returns: in the order of the jobs, their ids and whether each is new.
    /// - Throws: `JobQueueError.outOfRange` for an invalid priority or time; nothing is enqueued then.
    @discardableResult
    public func enqueue(_ jobs: [NewJob]) async throws(JobQueueError) -> [EnqueuedJob] {
        let now = try await runner.clock.now()
        for job in jobs { try job.check(now: now) }
        var random = SystemRandomNumberGenerator()
        var newIDs = JobIDRun(nowMilliseconds: now, using: &random)
        var results = [EnqueuedJob?](repeating: nil, count: jobs.count)
        for (queue, positions) in Dictionary(grouping: jobs.indices, by: { jobs[$0].queue }) {
            try await runner.register(queue)
            for start in stride(from: 0, to: positions.count, by: Self.batchLimit) {
                let batch = positions[start..<min(start + Self.batchLimit, positions.count)]
                let named = batch.map { (jobs[$0], jobs[$0].id ?? newIDs.next()) }
                let answers = try await enqueueBatch(named, to: queue, now: now)
                for (offset, position) in batch.enumerated() {
                    results[position] = EnqueuedJob(id: named[offset].1, queue: queue, answer: answers[offset])
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

    /// The batch size that enqueue.lua handles in well under 5 ms even while Redis doubles the queue's hash.
    public static let batchLimit = 250

    private func enqueueBatch(
        _ jobs: [(job: NewJob, id: JobID)], to queue: QueueName, now: Int64
    ) async throws(JobQueueError) -> [RedisValue] {
        let freshFor = try await runner.demands(of: queue).freshForMilliseconds
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(runner.finishedLimit), .integer(jobs.count)]
        arguments.reserveCapacity(3 + jobs.count * 4)
        for (job, id) in jobs {
            arguments.append(.text(id.description))
            arguments.append(.bytes(job.record(now: now, freshFor: freshFor)))
            arguments.append(.integer(job.priority))
            arguments.append(.integer(Int(job.dueMilliseconds(now: now))))
        }
        let reply = try await runner.run(
            Scripts.enqueue, runner.keyspace.of(queue).block, arguments, durablyFor: queue, ids: jobs.map(\.id))
        let answers = try runner.decode { () throws(RedisError) in try reply.array(of: "enqueue") }
        if case .array(let full)? = answers.first, full.count == 2 {
            let (waiting, limit) = try runner.decode { () throws(RedisError) in
                (try full[0].int(of: "enqueue"), try full[1].int(of: "enqueue"))
            }
            throw .queueFull(queue: queue.description, waiting: waiting, limit: limit)
        }
        guard answers.count == jobs.count else {
            throw .redis(
                .unexpectedReply(command: "enqueue", expected: "\(jobs.count) answers", got: "\(answers.count)"))
        }
        return answers
    }

    /// Returns all queues with valid names, and adds missing ones to the list again.
    /// - Parameter needed: queues that workers serve.
    /// - Returns: all of them, and whether any was missing.
    public func queues(
        with needed: [QueueName]
    ) async throws(JobQueueError) -> (known: Set<QueueName>, wasMissing: Bool) {
        var known = Set(try await QueueInspector(broker: self).queues())
        let missing = needed.filter { !known.contains($0) }
        for queue in missing {
            try await runner.list(queue)
            known.insert(queue)
        }
        return (known, !missing.isEmpty)
    }

    /// The event loop of the connection. Latency-sensitive tasks run on it and save thread switches.
    public var loop: some TaskExecutor { redis.loop }

    /// The clock for tasks on the event loop: its timer wakes no other thread.
    public var loopClock: some Clock<Duration> { redis.loop.clock }
}
