import Redis

/// The upkeep of queues, for the one worker that has taken it: promotes due jobs, rescues those of dead workers, and
/// mends what a death between two steps has left. Every step may be repeated.
public struct QueueMaintenance: Sendable {
    let runner: ScriptRunner

    init(_ runner: ScriptRunner) { self.runner = runner }

    /// Takes or renews the maintenance lease for this long. Two workers that do maintenance at once do no harm.
    public func takeMaintenance(as worker: WorkerID, for duration: Duration) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(
            Scripts.takeMaintenance, [runner.keyspace.maintenance],
            [.text(worker.description), .integer(Int(duration.milliseconds))])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "take_maintenance") }
    }

    /// Whether any job of these queues is scheduled or retrying: one command, which keeps idle maintenance cheap.
    public func hasAnyScheduled(in queues: [QueueName]) async throws(JobQueueError) -> Bool {
        guard !queues.isEmpty else { return false }
        let keys = queues.flatMap { queue in
            let keys = runner.keyspace.of(queue)
            return [RedisWord.text(keys.scheduled), .text(keys.retrying)]
        }
        let reply = try await runner.send(RedisCommand(["EXISTS"] + keys))
        return try runner.decode { () throws(RedisError) in try reply.int(of: "EXISTS") } > 0
    }

    /// Promotes due jobs, up to 256 scheduled and 256 retrying ones.
    /// - Returns: how many.
    @discardableResult
    public func promoteDue(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.promoteDue, keys.block, [.integer(Int(now)), 256])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "promote_due") }
    }

    /// The same in several queues, with one write.
    /// - Returns: how many, for each queue.
    public func promoteDue(in queues: [QueueName]) async throws(JobQueueError) -> [Int] {
        let now = try await runner.clock.now()
        let replies = try await runner.runAll(
            queues.map {
                RedisScriptCall(
                    Scripts.promoteDue, keys: runner.keyspace.of($0).block, arguments: [.integer(Int(now)), 256])
            })
        return try runner.decode { () throws(RedisError) in
            var counts: [Int] = []
            for reply in replies { counts.append(try reply.int(of: "promote_due")) }
            return counts
        }
    }

    /// Removes finished jobs older than the retention period, up to 256, and unique keys past their time, up to 4096.
    @discardableResult
    public func sweepFinished(in queue: QueueName, olderThan retention: Duration) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        var dropped = 0
        for _ in 0..<16 {
            let reply = try await runner.run(
                Scripts.sweepFinished, keys.block,
                [.integer(Int(now - retention.milliseconds)), 256, .integer(Int(now))])
            let counts = try runner.decode { () throws(RedisError) in
                let values = try reply.array(of: "sweep_finished", count: 2)
                return (jobs: try values[0].int(of: "sweep_finished"), keys: try values[1].int(of: "sweep_finished"))
            }
            dropped += counts.jobs
            if counts.keys < 256 { break }
        }
        return dropped
    }

    /// Mends the times of retrying and postponed jobs, up to 64 each, that were set while the clock of Redis was ahead.
    /// - Returns: how many.
    @discardableResult
    public func mendDue(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let replies = try await runner.runAll(
            [keys.retrying, keys.scheduled].map { key in
                RedisScriptCall(
                    Scripts.mendDue, keys: [key, keys.jobs],
                    arguments: [.integer(Int(now)), .integer(Int(now + Self.farMilliseconds)), 64])
            })
        return try runner.decode { () throws(RedisError) in
            var mended = 0
            for reply in replies { mended += try reply.int(of: "mend_due") }
            return mended
        }
    }

    /// A job that is due later than this may have been scheduled by a clock that was ahead.
    static let farMilliseconds: Int64 = 60_000
}
