import Redis

/// Life signs of a worker, and the end of its work.
extension ClaimStore {
    /// Extends a worker's lease on a queue.
    ///
    /// An expired lease can be extended until a rescue of its jobs begins.
    /// - Returns: the ids of its jobs that are to be cancelled; nil when the lease was lost.
    public func extendLease(
        on queue: QueueName, of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> [JobID]? {
        let now = try await runner.clock.now()
        let call = leaseCall(of: lease, on: queue, worker, now)
        return try cancelled(try await runner.run(call.script, call.keys, call.arguments))
    }

    /// Extends a worker's leases on several queues, with one write.
    /// - Returns: the ids of its jobs that are to be cancelled; nil when a lease was lost.
    public func extendLeases(
        on queues: [QueueName], of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> [JobID]? {
        let now = try await runner.clock.now()
        var ids: [JobID] = []
        for reply in try await runner.runAll(queues.map { leaseCall(of: lease, on: $0, worker, now) }) {
            guard let some = try cancelled(reply) else { return nil }
            ids += some
        }
        return ids
    }

    private func leaseCall(of lease: Duration, on queue: QueueName, _ worker: WorkerID, _ now: Int64)
        -> RedisScriptCall
    {
        let keys = runner.keyspace.of(queue)
        return RedisScriptCall(
            Scripts.extendLease, keys: [keys.leases, keys.running(worker)],
            arguments: [
                .text(worker.description), .integer(Int(now + lease.milliseconds)),
            ])
    }

    private func cancelled(_ reply: RedisValue) throws(JobQueueError) -> [JobID]? {
        try runner.decode { () throws(RedisError) in
            let values = try reply.array(of: "extend_lease")
            guard let first = values.first, try first.bool(of: "extend_lease") else { return nil }
            var ids: [JobID] = []
            for value in values.dropFirst() { ids.append(JobID(unchecked: try value.string(of: "extend_lease"))) }
            return ids
        }
    }

    /// Whether a claim still holds; called right before an effect that cannot be undone.
    public func holds(_ job: LeasedJob) async throws(JobQueueError) -> Bool {
        let reply = try await runner.send([
            "HGET", .text(runner.keyspace.of(job.queue).running(job.worker)), .text(job.id.description),
        ])
        let claim = try runner.decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        return claim?.split(separator: " ").first.map(String.init) == String(job.fence)
    }

    /// Whether a running job was cancelled, and its claim holds. A worker checks a cancel message with it: only the
    /// mark at the claim counts.
    public func isToBeCancelled(_ job: LeasedJob) async throws(JobQueueError) -> Bool {
        let reply = try await runner.send([
            "HGET", .text(runner.keyspace.of(job.queue).running(job.worker)), .text(job.id.description),
        ])
        let claim = try runner.decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        let words = (claim ?? "").split(separator: " ")
        return words.first.map(String.init) == String(job.fence) && words.last == "cancel"
    }

    /// Gives up a worker's lease now. Jobs that it was still running are rescued at once.
    public func leave(_ queue: QueueName, as worker: WorkerID) async throws(JobQueueError) {
        let keys = runner.keyspace.of(queue)
        _ = try await runner.run(
            Scripts.leave, [keys.leases, keys.running(worker), keys.vanished], [.text(worker.description)])
    }

    /// The workers that have a lease on a queue.
    func leaseHolders(of queue: QueueName) async throws(JobQueueError) -> [WorkerID] {
        let reply = try await runner.send(["ZRANGE", .text(runner.keyspace.of(queue).leases), 0, -1])
        return try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGE") }.map {
            WorkerID(unchecked: $0)
        }
    }
}
