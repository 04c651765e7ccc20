import Redis

/// Jobs that a fuse has parked, and whose fuse is gone.
extension QueueMaintenance {
    /// The queues with fuses, or with jobs that one has parked; with one write.
    public func withFuses(_ queues: [QueueName]) async throws(JobQueueError) -> [QueueName] {
        let replies = try await runner.pipeline(
            queues.map { ["EXISTS", .text(runner.keyspace.of($0).fuses)] }
                + queues.map { ["ZLEXCOUNT", .text(runner.keyspace.of($0).parked), "[fuse=", "(fuse>"] })
        return try runner.decode { () throws(RedisError) in
            var some: [QueueName] = []
            for (index, queue) in queues.enumerated() {
                let fuses = try replies[index].int(of: "EXISTS")
                let parked = try replies[index + queues.count].int(of: "ZLEXCOUNT")
                if fuses + parked > 0 { some.append(queue) }
            }
            return some
        }
    }

    /// Removes fuses whose time is over, and releases a few jobs of each fuse that is gone: 4 in the first step, twice
    /// as many in each one after it, at most 256, a step each second.
    /// - Returns: how many jobs.
    @discardableResult
    public func releaseFused(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.releaseFused, keys.block + [keys.fuses], [.integer(Int(now)), 4, 256, 900])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "release_fused") }
    }
}
