import Redis

/// Leases and claims of workers, and the promotion of due jobs.
extension Broker {
    /// Gives a worker its lease on a queue.
    /// - Parameters:
    ///   - worker: a name that was never used before.
    ///   - lease: how long it holds without `extendLease`.
    public func join(_ queue: QueueName, as worker: WorkerID, lease: Duration) async throws(JobQueueError) {
        // Asks Redis instead of the local cache: a Redis that lost its data has lost the list of queues too.
        let isListed = try await send(["SISMEMBER", .text(keyspace.queues), .text(queue.description)])
        if isListed != .integer(1) { try await list(queue) }
        let until = try await clock.now() + lease.milliseconds
        _ = try await run(Scripts.join, [keyspace.of(queue).leases], [.text(worker.description), .integer(Int(until))])
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

    /// Takes jobs that are parked for a reason and leases them to this worker, as `fetch` does with ready ones.
    /// - Parameter limit: 1 to 256.
    public func fetchParked(
        at gate: Gate, from queue: QueueName, for worker: WorkerID, limit: Int
    ) async throws(JobQueueError) -> FetchAnswer {
        try await fetch(.text(gate.description), from: queue, for: worker, limit: limit)
    }

    private func fetch(
        _ line: RedisWord, from queue: QueueName, for worker: WorkerID, limit: Int, takesCrashed: Bool = false
    ) async throws(JobQueueError) -> FetchAnswer {
        let keys = keyspace.of(queue)
        let now = try await clock.now()
        let reply = try await run(
            Scripts.fetch, keys.block + [keys.running(worker), keys.leases],
            [
                .text(worker.description), .integer(Int(now)), .integer(min(max(limit, 1), 256)), line,
                takesCrashed ? "1" : "0",
            ])
        return try await leased(reply, queue: queue, worker: worker, now: now)
    }

    private func leased(
        _ reply: RedisValue, queue: QueueName, worker: WorkerID, now: Int64
    ) async throws(JobQueueError) -> FetchAnswer {
        let values = try decode { () throws(RedisError) in try reply.array(of: "fetch") }
        guard let first = values.first else { return .jobs([]) }
        if values.count == 1, case .bulk(let word) = first {
            return word == Array("lost".utf8) ? .leaseLost : .paused
        }
        var jobs: [LeasedJob] = []
        jobs.reserveCapacity(values.count / 2)
        let fence = try decode { () throws(RedisError) in try first.int(of: "fetch") }
        for at in stride(from: 1, to: values.count - 1, by: 2) {
            let (id, record) = try decode { () throws(RedisError) in
                (try values[at].string(of: "fetch"), try values[at + 1].bytes(of: "fetch"))
            }
            guard let envelope = try? JobEnvelope(record: record, id: id) else {
                try await deadLetter(record, of: id, in: keyspace.of(queue), worker, fence: fence)
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

    /// Extends a worker's lease on a queue.
    ///
    /// An expired lease can be extended until a rescue of its jobs begins.
    /// - Returns: the ids of its jobs that are to be cancelled; nil when the lease was lost.
    public func extendLease(
        on queue: QueueName, of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> [JobID]? {
        let now = try await clock.now()
        let call = leaseCall(of: lease, on: queue, worker, now)
        return try cancelled(try await run(call.script, call.keys, call.arguments))
    }

    /// Extends a worker's leases on several queues, with one write.
    /// - Returns: the ids of its jobs that are to be cancelled; nil when a lease was lost.
    public func extendLeases(
        on queues: [QueueName], of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> [JobID]? {
        let now = try await clock.now()
        var ids: [JobID] = []
        for reply in try await runAll(queues.map { leaseCall(of: lease, on: $0, worker, now) }) {
            guard let some = try cancelled(reply) else { return nil }
            ids += some
        }
        return ids
    }

    private func leaseCall(of lease: Duration, on queue: QueueName, _ worker: WorkerID, _ now: Int64)
        -> RedisScriptCall
    {
        let keys = keyspace.of(queue)
        return RedisScriptCall(
            Scripts.extendLease, keys: [keys.leases, keys.running(worker)],
            arguments: [
                .text(worker.description), .integer(Int(now + lease.milliseconds)),
            ])
    }

    private func cancelled(_ reply: RedisValue) throws(JobQueueError) -> [JobID]? {
        try decode { () throws(RedisError) in
            let values = try reply.array(of: "extend_lease")
            guard let first = values.first, try first.bool(of: "extend_lease") else { return nil }
            var ids: [JobID] = []
            for value in values.dropFirst() { ids.append(JobID(unchecked: try value.string(of: "extend_lease"))) }
            return ids
        }
    }

    /// Whether a claim still holds; called right before an effect that cannot be undone.
    public func holds(_ job: LeasedJob) async throws(JobQueueError) -> Bool {
        let reply = try await send([
            "HGET", .text(keyspace.of(job.queue).running(job.worker)), .text(job.id.description),
        ])
        let claim = try decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        return claim?.split(separator: " ").first.map(String.init) == String(job.fence)
    }

    /// Whether a running job was cancelled, and its claim holds. A worker checks a cancel message with it: only the
    /// mark at the claim counts.
    public func isToBeCancelled(_ job: LeasedJob) async throws(JobQueueError) -> Bool {
        let reply = try await send([
            "HGET", .text(keyspace.of(job.queue).running(job.worker)), .text(job.id.description),
        ])
        let claim = try decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        let words = (claim ?? "").split(separator: " ")
        return words.first.map(String.init) == String(job.fence) && words.last == "cancel"
    }

    /// Whether any job of these queues is ready or parked: one command, for idle workers.
    public func hasAny(in queues: [QueueName]) async throws(JobQueueError) -> Bool {
        let keys = queues.flatMap { queue in
            let keys = keyspace.of(queue)
            return [keys.ready, keys.ranked, keys.parked].map { RedisWord.text($0) }
        }
        let reply = try await send(RedisCommand(["EXISTS"] + keys))
        return try decode { () throws(RedisError) in try reply.int(of: "EXISTS") } > 0
    }

    /// Whether any job of a queue is ready; checked before tokens are taken for it.
    public func hasReady(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        let keys = keyspace.of(queue)
        let replies = try await pipeline([
            ["EXISTS", .text(keys.ready), .text(keys.ranked)],
            ["ZLEXCOUNT", .text(keys.parked), "[crashed ", "(crashed!"],
        ])
        return try decode { () throws(RedisError) in
            try replies[0].int(of: "EXISTS") + replies[1].int(of: "ZLEXCOUNT")
        } > 0
    }

    /// Whether any job of these queues is scheduled or retrying: one command, which keeps idle maintenance cheap.
    public func hasAnyScheduled(in queues: [QueueName]) async throws(JobQueueError) -> Bool {
        guard !queues.isEmpty else { return false }
        let keys = queues.flatMap { queue in
            let keys = keyspace.of(queue)
            return [RedisWord.text(keys.scheduled), .text(keys.retrying)]
        }
        let reply = try await send(RedisCommand(["EXISTS"] + keys))
        return try decode { () throws(RedisError) in try reply.int(of: "EXISTS") } > 0
    }

    /// Promotes due jobs, up to 256 scheduled and 256 retrying ones.
    /// - Returns: how many.
    @discardableResult
    public func promoteDue(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = keyspace.of(queue)
        let now = try await clock.now()
        let reply = try await run(
            Scripts.promoteDue, keys.block, [.integer(Int(now)), 256])
        return try decode { () throws(RedisError) in try reply.int(of: "promote_due") }
    }

    /// The same in several queues, with one write.
    /// - Returns: how many, for each queue.
    public func promoteDue(in queues: [QueueName]) async throws(JobQueueError) -> [Int] {
        let now = try await clock.now()
        let replies = try await runAll(
            queues.map {
                RedisScriptCall(Scripts.promoteDue, keys: keyspace.of($0).block, arguments: [.integer(Int(now)), 256])
            })
        return try decode { () throws(RedisError) in
            var counts: [Int] = []
            for reply in replies { counts.append(try reply.int(of: "promote_due")) }
            return counts
        }
    }
}
