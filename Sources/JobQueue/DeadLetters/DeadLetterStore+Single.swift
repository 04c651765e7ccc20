import Redis

/// Single jobs that are over, and reads of dead ones.
extension DeadLetterStore {
    /// Replaces a dead job with a new one, in one step: the dead one is finished as cancelled, with the new one's id in
    /// its history; the new one carries the old id in `origin`.
    /// - Returns: false when it is not dead any more; nothing was enqueued then.
    /// - Throws: `JobQueueError.badName` when the new one's id or unique key belongs to another job.
    public func replaceDead(_ id: JobID, in queue: QueueName, with job: NewJob) async throws(JobQueueError) -> Bool {
        let now = try await runner.clock.now()
        var job = job
        job.options.origin = id.description
        try job.check(now: now)
        try await runner.register(job.queue)
        var random = SystemRandomNumberGenerator()
        let new = job.id ?? JobID.make(nowMilliseconds: now, using: &random)
        let reply = try await runner.run(
            Scripts.replaceDead, runner.keyspace.of(queue).block + runner.keyspace.of(job.queue).block,
            [
                .integer(Int(now)), .text(id.description), .text(new.description), .bytes(job.record(now: now)),
                .integer(job.priority), .integer(Int(job.dueMilliseconds(now: now))),
            ], durablyFor: job.queue, ids: [new])
        if case .bulk(let holder) = reply {
            throw .badName(
                what: "id or unique key for it", text: new.description,
                rule: "Job '\(String(decoding: holder, as: UTF8.self))' has it already.")
        }
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "replace_dead") }
    }

    /// Removes a job that has succeeded, was cancelled or has expired; it holds no locks afterwards. For a dead job use
    /// `discard`.
    /// - Returns: false when it has no record or is not finished; nothing was changed then.
    public func forgetFinished(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> Bool {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.run(Scripts.forgetFinished, keys.block, [.text(id.description)])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "forget_finished") }
    }

    /// Records as they are now, up to 1 000; without those that are gone or that this version cannot read.
    func envelopes(of ids: [JobID], in queue: QueueName) async throws(JobQueueError) -> [JobID: JobEnvelope] {
        guard !ids.isEmpty else { return [:] }
        let reply = try await runner.send(
            RedisCommand(["HMGET", .text(runner.keyspace.of(queue).jobs)] + ids.map { .text($0.description) }))
        let records = try runner.decode { () throws(RedisError) in
            var records: [[UInt8]?] = []
            for value in try reply.array(of: "HMGET") { records.append(try value.optionalBytes(of: "HMGET")) }
            return records
        }
        var found: [JobID: JobEnvelope] = [:]
        for (id, record) in zip(ids, records) {
            found[id] = record.flatMap { try? JobEnvelope(record: $0, id: id.description) }
        }
        return found
    }

    /// The ids of dead jobs from one place of their order on, oldest first, with their times of death; and their total,
    /// read after the ids.
    func oldestDead(
        in queue: QueueName, from place: Int, limit: Int
    ) async throws(JobQueueError) -> (oldest: [DeadID], total: Int) {
        let key = runner.keyspace.of(queue).dead
        let replies = try await runner.pipeline([
            ["ZRANGE", .text(key), .integer(place), .integer(place + limit - 1), "WITHSCORES"], ["ZCARD", .text(key)],
        ])
        return try runner.decode { () throws(RedisError) in
            var oldest: [DeadID] = []
            for (id, score) in try replies[0].pairs(of: "ZRANGE") {
                oldest.append(
                    DeadID(id: JobID(unchecked: id), diedMilliseconds: try score.wholeNumber(of: "ZRANGE")))
            }
            return (oldest, try replies[1].int(of: "ZCARD"))
        }
    }

    /// Removes dead jobs that have not died again since they were read.
    /// - Parameter jobs: 1 to 256.
    /// - Returns: how many were removed.
    func trimDead(_ jobs: [DeadID], in queue: QueueName) async throws(JobQueueError) -> Int {
        guard !jobs.isEmpty else { return 0 }
        let keys = runner.keyspace.of(queue)
        var arguments: [RedisWord] = [.integer(jobs.count)]
        for job in jobs {
            arguments.append(.text(job.id.description))
            arguments.append(.integer(Int(job.diedMilliseconds)))
        }
        let reply = try await runner.run(Scripts.trimDead, keys.block, arguments)
        return try runner.decode { () throws(RedisError) in try reply.int(of: "trim_dead") }
    }
}
