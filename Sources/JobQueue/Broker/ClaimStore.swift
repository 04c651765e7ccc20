import Redis

/// What a worker does with jobs: joins a queue, fetches under its lease, and settles each attempt with the fence of its
/// claim. A step whose claim or lease was lost changes nothing.
public struct ClaimStore: Sendable {
    let runner: ScriptRunner

    init(_ runner: ScriptRunner) { self.runner = runner }

    /// Gives a worker its lease on a queue.
    /// - Parameters:
    ///   - worker: a name that was never used before.
    ///   - lease: how long it holds without `extendLease`.
    public func join(_ queue: QueueName, as worker: WorkerID, lease: Duration) async throws(JobQueueError) {
        // Asks Redis instead of the local cache: a Redis that lost its data has lost the list of queues too.
        let isListed = try await runner.send(["SISMEMBER", .text(runner.keyspace.queues), .text(queue.description)])
        if isListed != .integer(1) { try await runner.list(queue) }
        let until = try await runner.clock.now() + lease.milliseconds
        _ = try await runner.run(
            Scripts.join, [runner.keyspace.of(queue).leases], [.text(worker.description), .integer(Int(until))])
    }

    /// Takes ready jobs and leases them to this worker. Never waits; an empty queue gives no jobs.
    ///
    /// The same job can be fetched again only after this worker's lease has expired and a rescue has made it ready.
    /// - Parameters:
    ///   - limit: 1 to 256.
    ///   - takesCrashed: whether it may return a job whose next crash would be its last; such a job is returned alone,
    ///     so that another job that kills the worker does not count against it.
    public func fetch(
        from queue: QueueName, for worker: WorkerID, limit: Int, takesCrashed: Bool = true
    ) async throws(JobQueueError) -> FetchAnswer {
        try await fetch("ready", from: queue, for: worker, limit: limit, takesCrashed: takesCrashed)
    }

    private func fetch(
        _ line: RedisWord, from queue: QueueName, for worker: WorkerID, limit: Int, takesCrashed: Bool = false
    ) async throws(JobQueueError) -> FetchAnswer {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.fetch, keys.block + [keys.running(worker), keys.leases, keys.fuses],
            [
                .text(worker.description), .integer(Int(now)), .integer(min(max(limit, 1), 256)), line,
                takesCrashed ? "1" : "0",
            ])
        return try await leased(reply, queue: queue, worker: worker, now: now)
    }

    /// Takes jobs that are parked for a reason and leases them to this worker, as `fetch` does with ready ones.
    /// - Parameter limit: 1 to 256.
    public func fetchParked(
        at gate: Gate, from queue: QueueName, for worker: WorkerID, limit: Int
    ) async throws(JobQueueError) -> FetchAnswer {
        try await fetch(.text(gate.description), from: queue, for: worker, limit: limit)
    }

    func leased(
        _ reply: RedisValue, queue: QueueName, worker: WorkerID, now: Int64
    ) async throws(JobQueueError) -> FetchAnswer {
        let values = try runner.decode { () throws(RedisError) in try reply.array(of: "fetch") }
        guard let first = values.first else { return .jobs([]) }
        if values.count == 1, case .bulk(let word) = first {
            return word == Array("lost".utf8) ? .leaseLost : .paused
        }
        var jobs: [LeasedJob] = []
        jobs.reserveCapacity(values.count / 2)
        let fence = try runner.decode { () throws(RedisError) in try first.int(of: "fetch") }
        for at in stride(from: 1, to: values.count - 1, by: 2) {
            let (id, record) = try runner.decode { () throws(RedisError) in
                (try values[at].string(of: "fetch"), try values[at + 1].bytes(of: "fetch"))
            }
            guard let envelope = try? JobEnvelope(record: record, id: id) else {
                try await deadLetter(record, of: id, in: runner.keyspace.of(queue), worker, fence: fence)
                continue
            }
            // An even number of values: the last one means that the first job is isolated.
            jobs.append(
                LeasedJob(
                    id: JobID(unchecked: id), queue: queue, worker: worker, fence: Int64(fence),
                    startedMilliseconds: now, envelope: envelope, isIsolated: at == 1 && values.count.isMultiple(of: 2))
            )
        }
        return .jobs(jobs)
    }

    /// Whether any job of these queues is ready or parked: one command, for idle workers.
    public func hasAny(in queues: [QueueName]) async throws(JobQueueError) -> Bool {
        let keys = queues.flatMap { queue in
            let keys = runner.keyspace.of(queue)
            return [keys.ready, keys.ranked, keys.parked].map { RedisWord.text($0) }
        }
        let reply = try await runner.send(RedisCommand(["EXISTS"] + keys))
        return try runner.decode { () throws(RedisError) in try reply.int(of: "EXISTS") } > 0
    }

    /// Whether any job of a queue is ready; checked before tokens are taken for it.
    public func hasReady(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        let keys = runner.keyspace.of(queue)
        let replies = try await runner.pipeline([
            ["EXISTS", .text(keys.ready), .text(keys.ranked)],
            ["ZLEXCOUNT", .text(keys.parked), "[crashed ", "(crashed!"],
        ])
        return try runner.decode { () throws(RedisError) in
            try replies[0].int(of: "EXISTS") + replies[1].int(of: "ZLEXCOUNT")
        } > 0
    }

    /// The jobs that a worker has claimed in a queue. Finds claims whose reply was lost on the way: as long as their
    /// worker lives, maintenance does not rescue them.
    public func claims(of worker: WorkerID, in queue: QueueName) async throws(JobQueueError) -> [LeasedJob] {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.send(["HGETALL", .text(keys.running(worker))])
        let claims = try runner.decode { () throws(RedisError) in
            var claims: [(id: String, claim: String)] = []
            for (id, claim) in try reply.pairs(of: "HGETALL") { claims.append((id, try claim.string(of: "HGETALL"))) }
            return claims
        }
        let records = try await runner.pipeline(claims.map { ["HGET", .text(keys.jobs), .text($0.id)] })
        var jobs: [LeasedJob] = []
        for ((id, claim), record) in zip(claims, records) {
            let numbers = claim.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 2,
                let bytes = try runner.decode({ () throws(RedisError) in try record.optionalBytes(of: "HGET") })
            else { continue }
            guard let envelope = try? JobEnvelope(record: bytes, id: id) else {
                try await deadLetter(bytes, of: id, in: keys, worker, fence: Int(numbers[0]))
                continue
            }
            jobs.append(
                LeasedJob(
                    id: JobID(unchecked: id), queue: queue, worker: worker, fence: numbers[0],
                    startedMilliseconds: numbers[1], envelope: envelope, isIsolated: envelope.strikes > 0))
        }
        return jobs
    }

    /// Makes a job with an unreadable record dead, else its claim, and those of the jobs fetched with it, would stay
    /// for good.
    func deadLetter(
        _ record: [UInt8], of id: String, in keys: KeysOfQueue, _ worker: WorkerID, fence: Int
    ) async throws(JobQueueError) {
        var record = record
        if record.count > 1 { record[1] = JobEnvelope.StateCode.dead.rawValue }
        _ = try await runner.run(
            Scripts.deadLetter, keys.block + [keys.running(worker)],
            [.text(id), .integer(fence), .integer(Int(try await runner.clock.now())), .bytes(record)])
    }
}
