import Redis

/// Life signs of a worker, and the end of its work.
extension ClaimStore {
    /// What Redis knows of a worker whose leases were extended.
    public struct Extension: Sendable, Equatable {
        /// Jobs that the worker has claimed and is to cancel.
        public var cancelled: [JobID] = []
        /// How many jobs the worker has claimed in each queue.
        public var claims: [QueueName: Int] = [:]
    }

    /// Extends a worker's lease on a queue.
    ///
    /// An expired lease can be extended until a rescue of its jobs begins.
    /// - Returns: nil when the lease was lost.
    public func extendLease(
        on queue: QueueName, of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> Extension? {
        try await extendLeases(on: [queue], of: worker, lease: lease)
    }

    /// Extends a worker's leases on several queues, with one write.
    /// - Returns: nil when a lease was lost.
    public func extendLeases(
        on queues: [QueueName], of worker: WorkerID, lease: Duration
    ) async throws(JobQueueError) -> Extension? {
        let now = try await runner.clock.now()
        let replies = try await runner.runAll(queues.map { leaseCall(of: lease, on: $0, worker, now) })
        var known = Extension()
        for (queue, reply) in zip(queues, replies) {
            guard let (claims, cancelled) = try extended(reply) else { return nil }
            known.claims[queue] = claims
            known.cancelled += cancelled
        }
        return known
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

    private func extended(_ reply: RedisValue) throws(JobQueueError) -> (claims: Int, cancelled: [JobID])? {
        try runner.decode { () throws(RedisError) in
            var values = try reply.array(of: "extend_lease")[...]
            guard let first = values.popFirst(), try first.bool(of: "extend_lease") else { return nil }
            guard let claims = try values.popFirst()?.int(of: "extend_lease") else { return nil }
            var ids: [JobID] = []
            for value in values { ids.append(JobID(unchecked: try value.string(of: "extend_lease"))) }
            return (claims, ids)
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
