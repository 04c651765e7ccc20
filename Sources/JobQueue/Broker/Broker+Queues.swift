import Redis

/// Pauses, purges and settings of queues.
extension Broker {
    /// Pauses a queue, so that workers fetch no jobs from it. A clock that is ahead now does not make the pause longer
    /// once it is corrected.
    /// - Parameter duration: nil until it is resumed.
    public func pause(_ queue: QueueName, for duration: Duration?, reason: String) async throws(JobQueueError) {
        let until = try await duration == nil ? 0 : runner.clock.now() + (duration?.milliseconds ?? 0)
        let keys = runner.keyspace.of(queue)
        _ = try await runner.run(
            Scripts.pause, [keys.meta, keys.wake],
            [
                "pause", .integer(Int(until)), .text(String(reason.prefix(200))),
                .integer(Int(duration?.milliseconds ?? 0)),
            ])
    }

    /// - Returns: false when it was not paused.
    public func resume(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.run(Scripts.pause, [keys.meta, keys.wake], ["resume", 0, "", 0])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "pause") }
    }

    /// Removes every waiting job of a queue: ready, scheduled, retrying, parked. Running and dead jobs stay, and jobs
    /// that are enqueued while the call runs may stay.
    /// - Parameter onStep: called after each 500 with how many are removed so far; returns whether it goes on.
    /// - Returns: how many.
    public func purge(
        _ queue: QueueName, onStep: (Int) async throws(JobQueueError) -> Bool = { _ in true }
    ) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        var removed = 0
        // A producer that is faster than this loop must not keep it running for ever.
        for _ in 0..<Self.purgeRounds {
            let reply = try await runner.run(
                Scripts.purge, keys.block, [.integer(Self.purgeBatch), .integer(Int(try await runner.clock.now()))])
            let counts = try runner.decode { () throws(RedisError) in
                let values = try reply.array(of: "purge", count: 2)
                return (removed: try values[0].int(of: "purge"), taken: try values[1].int(of: "purge"))
            }
            removed += counts.removed
            if counts.taken < Self.purgeBatch { break }
            guard try await onStep(removed) else { break }
        }
        await maintenance.notifyParents(of: queue)
        return removed
    }

    private static let purgeBatch = 500
    private static let purgeRounds = 20_000

    /// Sets the settings of a queue that bind producers, fleet-wide.
    public func configure(_ queue: QueueName, _ settings: QueueSettings) async throws(JobQueueError) {
        let call = call(configuring: queue, settings)
        _ = try await runner.run(call.script, call.keys, call.arguments)
        try await note(queue, settings)
    }

    /// The same for several queues, with one write. Where all settings are the same already, Redis writes nothing.
    /// - Returns: the queues whose settings changed.
    @discardableResult
    public func configure(_ settings: [QueueName: QueueSettings]) async throws(JobQueueError) -> [QueueName] {
        guard !settings.isEmpty else { return [] }
        let queues = settings.keys.sorted()
        let replies = try await runner.runAll(queues.map { call(configuring: $0, settings[$0] ?? QueueSettings()) })
        var changed: [QueueName] = []
        for (queue, reply) in zip(queues, replies) {
            if try runner.decode({ () throws(RedisError) in try reply.bool(of: "configure_queue") }) {
                changed.append(queue)
            }
            try await note(queue, settings[queue] ?? QueueSettings())
        }
        return changed
    }

    private func call(configuring queue: QueueName, _ settings: QueueSettings) -> RedisScriptCall {
        RedisScriptCall(
            Scripts.configureQueue, keys: [runner.keyspace.of(queue).meta],
            arguments: [
                .text(settings.maxWaiting.map { "\($0)" } ?? ""), .text(settings.whenFull.rawValue),
                .text(settings.durability.rawValue), .text(settings.freshForMilliseconds.map { "\($0)" } ?? ""),
            ])
    }

    private func note(_ queue: QueueName, _ settings: QueueSettings) async throws(JobQueueError) {
        try await runner.note(
            queue,
            QueuePolicy(
                isDurable: settings.durability == .fsync, freshForMilliseconds: settings.freshForMilliseconds))
    }
}

/// Lists outside of the engine.
extension Broker {
    /// Appends to a list that belongs to the test kinds.
    /// - Throws: `JobQueueError.badName` for a key of the engine, or an empty one.
    public func append(_ value: String, toTestList key: String) async throws(JobQueueError) {
        guard !key.isEmpty, !key.hasPrefix(runner.keyspace.family) else {
            throw .badName(what: "key", text: key, rule: "Use one outside of '\(runner.keyspace.family)'.")
        }
        _ = try await runner.send(["RPUSH", .text(key), .text(value)])
    }
}
