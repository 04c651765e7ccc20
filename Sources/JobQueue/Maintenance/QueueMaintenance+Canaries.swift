import Redis

/// Canaries: one at a time in each queue that asks for them.
extension QueueMaintenance {
    /// Enqueues a canary when the last one was sent at least an interval ago and is settled.
    /// - Returns: whether one was sent.
    public func sendCanary(to queue: QueueName, every interval: Duration) async throws(JobQueueError) -> Bool {
        let now = try await runner.clock.now()
        let job = NewJob(id: JobID(unchecked: "\(Canary.kind):\(now)"), kind: Canary.kind, queue: queue)
        let reply = try await runner.run(
            Scripts.sendCanary, runner.keyspace.of(queue).block,
            [
                .integer(Int(now)), .integer(Int(interval.milliseconds)), .text("\(Canary.kind):\(now)"),
                .bytes(job.record(now: now)),
            ])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "send_canary") }
    }
}

extension ClaimStore {
    /// Settles a canary: it is gone afterwards, and its queue has gone on now.
    public func settleCanary(_ job: LeasedJob) async throws(JobQueueError) -> SettleAnswer {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(job.queue)
        return try await settle(
            Scripts.settleCanary, keys.block + [keys.running(job.worker)],
            [.text(job.id.description), .integer(Int(job.fence)), .integer(Int(now))])
    }
}
