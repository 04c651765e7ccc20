import Redis

/// Parked jobs whose concurrency key is free, or whose kind a worker knows.
extension QueueMaintenance {
    /// The unknown kinds for which jobs of a queue are parked, by name, each with the number of jobs; at most 256.
    public func parked(in queue: QueueName) async throws(JobQueueError) -> [ParkedJobs] {
        let keys = runner.keyspace.of(queue)
        var parked: [ParkedJobs] = []
        var from = "[kind="
        while parked.count < 256 {
            let reply = try await runner.send(
                ["ZRANGEBYLEX", .text(keys.parked), .text(from), "(kind>", "LIMIT", 0, 1])
            let members = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYLEX") }
            guard let name = members.first?.split(separator: " ").first.map(String.init) else { break }
            let count = try await runner.send(["ZLEXCOUNT", .text(keys.parked), .text("[\(name) "), .text("(\(name)!")])
            let jobs = try runner.decode { () throws(RedisError) in try count.int(of: "ZLEXCOUNT") }
            if let gate = Gate(name) { parked.append(ParkedJobs(gate: gate, count: jobs)) }
            from = "(\(name)!"
        }
        return parked
    }

    /// The queues in which `reconcileLocks` may have work; with one write.
    public func toReconcile(_ queues: [QueueName]) async throws(JobQueueError) -> [QueueName] {
        let replies = try await runner.pipeline(
            queues.map { queue in
                let keys = runner.keyspace.of(queue)
                return ["EXISTS", .text(keys.completions), .text(keys.parked), .text(keys.ready), .text(keys.ranked)]
            })
        return try runner.decode { () throws(RedisError) in
            var some: [QueueName] = []
            for (queue, reply) in zip(queues, replies) where try reply.int(of: "EXISTS") > 0 { some.append(queue) }
            return some
        }
    }

    /// Delivers child completions that parents have not counted, pushes jobs to the ready list whose concurrency key
    /// is free, and repeats wake-ups for ready jobs.
    public func reconcileLocks(in queue: QueueName) async throws(JobQueueError) {
        let keys = runner.keyspace.of(queue)
        let replies = try await runner.pipeline([
            ["EXISTS", .text(keys.completions)], ["ZLEXCOUNT", .text(keys.parked), "[cap=", "(cap>"],
            ["EXISTS", .text(keys.ready), .text(keys.ranked)],
        ])
        let (notices, held, ready) = try runner.decode { () throws(RedisError) in
            (try replies[0].int(of: "EXISTS"), try replies[1].int(of: "ZLEXCOUNT"), try replies[2].int(of: "EXISTS"))
        }
        if ready > 0 { _ = try await runner.run(Scripts.notifyAgain, keys.block, []) }
        if notices > 0 { try await deliverChildCompletions(of: queue) }
        if held > 0 { try await admitHeld(in: queue) }
    }

    /// Pushes to the ready list the jobs that a purge or a cancelled job has left parked under a concurrency key of
    /// which none runs.
    /// - Returns: how many.
    @discardableResult
    public func admitHeld(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        var after = ""
        var admitted = 0
        // 64 keys a step: no queue has more keys than all steps cover, and the next call goes on anyway.
        for _ in 0..<64 {
            let reply = try await runner.run(Scripts.admitHeld, keys.block, [.text(after), 64])
            after = try runner.decode { () throws(RedisError) in
                let values = try reply.array(of: "admit_held")
                guard values.count == 2 else {
                    throw .unexpectedReply(command: "admit_held", expected: "two values", got: "\(values.count)")
                }
                admitted += try values[0].int(of: "admit_held")
                return try values[1].string(of: "admit_held")
            }
            if after.isEmpty { break }
        }
        return admitted
    }
}
