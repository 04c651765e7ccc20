import Redis

/// Operations of operators on jobs and queues.
extension Broker {
    /// Cancels a waiting job, or asks the worker that runs it to stop. With a job that waits for its children, the
    /// unfinished children are cancelled too.
    public func cancel(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> CancelAnswer {
        let children = try await unfinishedChildren(of: id, in: queue)
        var answer = CancelAnswer.again
        // Retries while workers join concurrently; after 16 more tries the answer is `again`, and nothing was changed.
        for _ in 0..<16 where answer == .again { answer = try await cancelOnce(id, in: queue) }
        guard answer == .cancelled else { return answer }
        for child in children { _ = try await cancel(child.id, in: child.queue) }
        await notifyParents(of: queue)
        return answer
    }

    private func cancelOnce(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> CancelAnswer {
        let keys = keyspace.of(queue)
        let workers = try await leaseHolders(of: queue)
        let now = try await clock.now()
        let reply = try await run(
            Scripts.cancel, keys.block + [keys.batch(id), keys.leases] + workers.map { keys.running($0) },
            [
                .text(id.description), .integer(Int(now)), .text(keyspace.cancellations), .text("\(queue) \(id)"),
            ] + workers.map { .text($0.description) })
        let word = try decode { () throws(RedisError) in try reply.string(of: "cancel") }
        return CancelAnswer(rawValue: word) ?? .missing
    }

    /// The workers that have a lease on a queue.
    func leaseHolders(of queue: QueueName) async throws(JobQueueError) -> [WorkerID] {
        let reply = try await send(["ZRANGE", .text(keyspace.of(queue).leases), 0, -1])
        return try decode { () throws(RedisError) in try reply.strings(of: "ZRANGE") }.map { WorkerID(unchecked: $0) }
    }

    /// Removes every waiting job of a queue: ready, scheduled, retrying, parked. Running and dead jobs stay, and jobs
    /// that are enqueued while the call runs may stay.
    /// - Returns: how many.
    public func purge(_ queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = keyspace.of(queue)
        var removed = 0
        // A producer that is faster than this loop must not keep it running for ever.
        for _ in 0..<Self.purgeRounds {
            let reply = try await run(
                Scripts.purge, keys.block, [.integer(Self.purgeBatch), .integer(Int(try await clock.now()))])
            let counts = try decode { () throws(RedisError) in
                let values = try reply.array(of: "purge", count: 2)
                return (removed: try values[0].int(of: "purge"), taken: try values[1].int(of: "purge"))
            }
            removed += counts.removed
            if counts.taken < Self.purgeBatch { break }
        }
        await notifyParents(of: queue)
        return removed
    }

    private static let purgeBatch = 500
    private static let purgeRounds = 20_000

    /// Pauses a queue, so that workers fetch no jobs from it. A clock that is ahead now does not make the pause longer
    /// once it is corrected.
    /// - Parameter duration: nil until it is resumed.
    public func pause(_ queue: QueueName, for duration: Duration?, reason: String) async throws(JobQueueError) {
        let until = try await duration == nil ? 0 : clock.now() + (duration?.milliseconds ?? 0)
        let keys = keyspace.of(queue)
        _ = try await run(
            Scripts.pause, [keys.meta, keys.wake],
            [
                "pause", .integer(Int(until)), .text(String(reason.prefix(200))),
                .integer(Int(duration?.milliseconds ?? 0)),
            ])
    }

    /// - Returns: false when it was not paused.
    public func resume(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        let keys = keyspace.of(queue)
        let reply = try await run(Scripts.pause, [keys.meta, keys.wake], ["resume", 0, "", 0])
        return try decode { () throws(RedisError) in try reply.bool(of: "pause") }
    }

    /// Removes finished jobs older than the retention period, up to 256, and unique keys past their time, up to 4096.
    @discardableResult
    public func sweepFinished(in queue: QueueName, olderThan retention: Duration) async throws(JobQueueError) -> Int {
        let keys = keyspace.of(queue)
        let now = try await clock.now()
        var dropped = 0
        for _ in 0..<16 {
            let reply = try await run(
                Scripts.sweepFinished, keys.block,
                [.integer(Int(now - retention.milliseconds)), 256, .integer(Int(now))])
            let counts = try decode { () throws(RedisError) in
                let values = try reply.array(of: "sweep_finished", count: 2)
                return (jobs: try values[0].int(of: "sweep_finished"), keys: try values[1].int(of: "sweep_finished"))
            }
            dropped += counts.jobs
            if counts.keys < 256 { break }
        }
        return dropped
    }
}

/// The result of a request to cancel.
public enum CancelAnswer: String, Sendable {
    case cancelled
    /// It is running; its claim is marked, and its worker will stop it.
    case requested
    case finished
    case missing
    /// Nothing was changed, because workers joined at every try.
    case again
}

extension Broker {
    /// Appends to a list that belongs to the test kinds.
    /// - Throws: `JobQueueError.badName` for a key of the engine, or an empty one.
    public func append(_ value: String, toTestList key: String) async throws(JobQueueError) {
        guard !key.isEmpty, !key.hasPrefix(keyspace.family) else {
            throw .badName(what: "key", text: key, rule: "Use one outside of '\(keyspace.family)'.")
        }
        _ = try await send(["RPUSH", .text(key), .text(value)])
    }
}
