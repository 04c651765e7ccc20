import Redis

/// Parked jobs, checkpoints, queue settings and replaced dead jobs.
extension Broker {
    /// Parks a claimed job until a worker that can run it joins; no attempt is spent.
    public func park(_ job: LeasedJob, at gate: Gate, because reason: String) async throws(JobQueueError)
        -> SettleAnswer
    {
        let now = try await clock.now()
        let keys = keyspace.of(job.queue)
        var record = job.envelope
        record.add(event(job, "parked", now, reason))
        return try await settle(
            Scripts.park, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .text(gate.description), .bytes(record.encoded()),
            ])
    }

    /// The unknown kinds for which jobs of a queue are parked, by name, each with the number of jobs; at most 256.
    public func parked(in queue: QueueName) async throws(JobQueueError) -> [ParkedJobs] {
        let keys = keyspace.of(queue)
        var parked: [ParkedJobs] = []
        var from = "[kind="
        while parked.count < 256 {
            let reply = try await send(
                ["ZRANGEBYLEX", .text(keys.parked), .text(from), "(kind>", "LIMIT", 0, 1])
            let members = try decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYLEX") }
            guard let name = members.first?.split(separator: " ").first.map(String.init) else { break }
            let count = try await send(["ZLEXCOUNT", .text(keys.parked), .text("[\(name) "), .text("(\(name)!")])
            let jobs = try decode { () throws(RedisError) in try count.int(of: "ZLEXCOUNT") }
            if let gate = Gate(name) { parked.append(ParkedJobs(gate: gate, count: jobs)) }
            from = "(\(name)!"
        }
        return parked
    }

    /// The queues in which `reconcileLocks` may have work; with one write.
    public func toReconcile(_ queues: [QueueName]) async throws(JobQueueError) -> [QueueName] {
        let replies = try await pipeline(
            queues.map { queue in
                let keys = keyspace.of(queue)
                return ["EXISTS", .text(keys.completions), .text(keys.parked), .text(keys.ready), .text(keys.ranked)]
            })
        return try decode { () throws(RedisError) in
            var some: [QueueName] = []
            for (queue, reply) in zip(queues, replies) where try reply.int(of: "EXISTS") > 0 { some.append(queue) }
            return some
        }
    }

    /// Delivers child completions that parents have not counted, pushes jobs to the ready list whose concurrency key
    /// is free, and repeats wake-ups for ready jobs.
    public func reconcileLocks(in queue: QueueName) async throws(JobQueueError) {
        let keys = keyspace.of(queue)
        let replies = try await pipeline([
            ["EXISTS", .text(keys.completions)], ["ZLEXCOUNT", .text(keys.parked), "[cap=", "(cap>"],
            ["EXISTS", .text(keys.ready), .text(keys.ranked)],
        ])
        let (notices, held, ready) = try decode { () throws(RedisError) in
            (try replies[0].int(of: "EXISTS"), try replies[1].int(of: "ZLEXCOUNT"), try replies[2].int(of: "EXISTS"))
        }
        if ready > 0 { _ = try await run(Scripts.notifyAgain, keys.block, []) }
        if notices > 0 { try await deliverChildCompletions(of: queue) }
        if held > 0 { try await admitHeld(in: queue) }
    }

    /// Pushes to the ready list the jobs that a purge or a cancelled job has left parked under a concurrency key of
    /// which none runs.
    /// - Returns: how many.
    @discardableResult
    public func admitHeld(in queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = keyspace.of(queue)
        var after = ""
        var admitted = 0
        // 64 keys a step: no queue has more keys than all steps cover, and the next call goes on anyway.
        for _ in 0..<64 {
            let reply = try await run(Scripts.admitHeld, keys.block, [.text(after), 64])
            after = try decode { () throws(RedisError) in
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

    /// Stores a handler's progress for later attempts, while the claim holds.
    /// - Parameter value: one JSON value, up to 16 KiB.
    /// - Returns: the job with it in its record; nil when the claim was lost.
    public func checkpoint(_ job: LeasedJob, _ value: JobPayload) async throws(JobQueueError) -> LeasedJob? {
        guard value.bytes.count <= Self.checkpointLimitBytes else {
            throw .payloadTooLarge(bytes: value.bytes.count, limit: Self.checkpointLimitBytes)
        }
        let keys = keyspace.of(job.queue)
        var envelope = job.envelope
        var options = JobOptions(text: envelope.options)
        options.checkpoint = String(decoding: value.bytes, as: UTF8.self)
        envelope.options = options.encoded()
        let reply = try await run(
            Scripts.checkpoint, [keys.running(job.worker), keys.jobs],
            [.text(job.id.description), .integer(Int(job.fence)), .bytes(envelope.encoded())])
        guard try decode({ () throws(RedisError) in try reply.bool(of: "checkpoint") }) else { return nil }
        return LeasedJob(
            id: job.id, queue: job.queue, worker: job.worker, fence: job.fence,
            startedMilliseconds: job.startedMilliseconds, envelope: envelope)
    }

    /// Bytes of a checkpoint's JSON at most: 16 KiB. `checkpoint` throws `payloadTooLarge` beyond it.
    public static let checkpointLimitBytes = 16_384

    /// Sets the settings of a queue that bind producers, fleet-wide.
    public func configure(_ queue: QueueName, _ settings: QueueSettings) async throws(JobQueueError) {
        let call = call(configuring: queue, settings)
        _ = try await run(call.script, call.keys, call.arguments)
        try await note(queue, settings)
    }

    /// The same for several queues, with one write. Where all settings are the same already, Redis writes nothing.
    /// - Returns: the queues whose settings changed.
    @discardableResult
    public func configure(_ settings: [QueueName: QueueSettings]) async throws(JobQueueError) -> [QueueName] {
        guard !settings.isEmpty else { return [] }
        let queues = settings.keys.sorted()
        let replies = try await runAll(queues.map { call(configuring: $0, settings[$0] ?? QueueSettings()) })
        var changed: [QueueName] = []
        for (queue, reply) in zip(queues, replies) {
            if try decode({ () throws(RedisError) in try reply.bool(of: "configure_queue") }) { changed.append(queue) }
            try await note(queue, settings[queue] ?? QueueSettings())
        }
        return changed
    }

    private func call(configuring queue: QueueName, _ settings: QueueSettings) -> RedisScriptCall {
        RedisScriptCall(
            Scripts.configureQueue, keys: [keyspace.of(queue).meta],
            arguments: [
                .text(settings.maxWaiting.map { "\($0)" } ?? ""), .text(settings.whenFull.rawValue),
                .text(settings.durability.rawValue), .text(settings.freshForMilliseconds.map { "\($0)" } ?? ""),
            ])
    }

    private func note(_ queue: QueueName, _ settings: QueueSettings) async throws(JobQueueError) {
        try await note(
            queue,
            QueuePolicy(
                isDurable: settings.durability == .fsync, freshForMilliseconds: settings.freshForMilliseconds))
    }

    /// Replaces a dead job with a new one, in one step: the dead one is finished as cancelled, with the new one's id in
    /// its history; the new one carries the old id in `origin`.
    /// - Returns: false when it is not dead any more; nothing was enqueued then.
    /// - Throws: `JobQueueError.badName` when the new one's id or unique key belongs to another job.
    public func replaceDead(_ id: JobID, in queue: QueueName, with job: NewJob) async throws(JobQueueError) -> Bool {
        let now = try await clock.now()
        var job = job
        job.options.origin = id.description
        try job.check(now: now)
        try await register(job.queue)
        var random = SystemRandomNumberGenerator()
        let new = job.id ?? JobID.make(nowMilliseconds: now, using: &random)
        let reply = try await run(
            Scripts.replaceDead, keyspace.of(queue).block + keyspace.of(job.queue).block,
            [
                .integer(Int(now)), .text(id.description), .text(new.description), .bytes(job.record(now: now)),
                .integer(job.priority), .integer(Int(job.dueMilliseconds(now: now))),
            ], durablyFor: job.queue, ids: [new])
        if case .bulk(let holder) = reply {
            throw .badName(
                what: "id or unique key for it", text: new.description,
                rule: "Job '\(String(decoding: holder, as: UTF8.self))' has it already.")
        }
        return try decode { () throws(RedisError) in try reply.bool(of: "replace_dead") }
    }
}
