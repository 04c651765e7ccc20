import Redis

/// Ticks: each is handled once, with its record, in one step.
extension ScheduleStore {
    /// How long the ids of ticks that enqueued jobs are kept at least: two days, in milliseconds.
    public static let tickMemoryMilliseconds: Int64 = 2 * 86_400_000
    /// Records that each entry's history keeps.
    public static let tickHistoryLimit = 1_000

    /// Enqueues the jobs of a tick, once, however many schedulers try, and records the tick in the same step.
    /// - Throws: `JobQueueError.outOfRange` for more members than the limit, or an invalid job.
    public func tick(_ tick: Tick, epoch: Int) async throws(JobQueueError) -> TickResult {
        try await runner.register(tick.queue)
        var result = TickResult(answer: .again, jobs: 0, endedPauses: [], pausedNow: [])
        // Retries while workers join concurrently; after 16 more tries the tick waits for the next turn.
        for _ in 0..<16 where result.answer == .again { result = try await tickOnce(tick, epoch: epoch) }
        return result
    }

    private func tickOnce(_ tick: Tick, epoch: Int) async throws(JobQueueError) -> TickResult {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(tick.queue)
        let mustTell = tick.overlap.tellsRunningFromWaiting && !tick.members.isEmpty
        let workers = mustTell ? try await ClaimStore(runner).leaseHolders(of: tick.queue) : []
        let arguments =
            head(of: tick, epoch: epoch, now: now) + [.integer(workers.count)]
            + workers.map { .text($0.description) } + (try await members(of: tick, now: now))
        let reply = try await runner.run(
            Scripts.tick,
            keys.block + [keys.ticks, keys.entries, keys.history(tick.entry), keys.leases]
                + workers.map { keys.running($0) },
            arguments, durablyFor: tick.queue, ids: tick.members.compactMap(\.job.id))
        return try runner.decode { () throws(RedisError) in
            let parts = try reply.array(of: "tick", count: 4)
            guard let answer = TickAnswer(rawValue: try parts[0].string(of: "tick")) else {
                throw .unexpectedReply(command: "tick", expected: "a tick's answer", got: "\(parts.count) values")
            }
            return TickResult(
                answer: answer, jobs: try parts[1].int(of: "tick"), endedPauses: try parts[2].strings(of: "tick"),
                pausedNow: try parts[3].strings(of: "tick"))
        }
    }

    private func head(of tick: Tick, epoch: Int, now: Int64) -> [RedisWord] {
        let (outcome, reason): (String, String) =
            switch tick.outcome {
            case .enqueue: ("enqueued", "")
            case .catchUp: ("caught-up", "")
            case .backfill: ("backfilled", "")
            case .skip(let reason): ("skipped", reason.rawValue)
            case .sourceUnavailable: ("source-unavailable", "source")
            }
        return [
            .integer(Int(now)), .integer(tick.outcome == .backfill ? 0 : epoch), .text(tick.id), .text(tick.entry),
            .integer(Int(tick.nominalMilliseconds)), .integer(Int(tick.firstMilliseconds)), .integer(tick.count),
            .text(outcome), .text(reason), .text(tick.detail.isEmpty ? "" : CompactJSON.quoted(tick.detail)),
            .text(tick.overlap.rawValue), .integer(tick.overlapMax), .integer(tick.pauseAfterFailures),
            .integer(Int(Self.tickMemoryMilliseconds)), .integer(Self.tickHistoryLimit),
            .text(runner.keyspace.cancellations), .text(tick.queue.description),
        ]
    }

    private func members(of tick: Tick, now: Int64) async throws(JobQueueError) -> [RedisWord] {
        guard tick.members.count <= Tick.memberLimit else {
            throw .outOfRange(
                what: "The number of jobs of one tick", value: "\(tick.members.count)",
                range: "at most \(Tick.memberLimit)")
        }
        guard !tick.members.isEmpty else { return [0] }
        let freshFor = try await runner.demands(of: tick.queue).freshForMilliseconds
        var random = SystemRandomNumberGenerator()
        var arguments: [RedisWord] = [.integer(tick.members.count)]
        arguments.reserveCapacity(1 + tick.members.count * 5)
        for member in tick.members {
            try member.job.check(now: now)
            let id = member.job.id ?? JobID.make(nowMilliseconds: now, using: &random)
            arguments += [
                .text(member.entity), .text(id.description), .bytes(member.job.record(now: now, freshFor: freshFor)),
                .integer(member.job.priority), .integer(Int(member.job.dueMilliseconds(now: now))),
            ]
        }
        return arguments
    }

    /// The time from which each entry's ticks count: the nominal time of its last handled tick, whatever its result, or
    /// the time at which the scheduler first saw the entry or its edit; unix milliseconds.
    /// - Parameter entries: with every queue that the entry may have used.
    public func lastTicks(of entries: [String], in queues: [QueueName]) async throws(JobQueueError) -> [String: Int64] {
        try await times("last:", of: entries, in: queues)
    }

    /// The nominal time of the newest tick of each entry that enqueued jobs, unix milliseconds; none for an entry that
    /// never did.
    /// - Parameter entries: with every queue that the entry may have used.
    public func lastRuns(of entries: [String], in queues: [QueueName]) async throws(JobQueueError) -> [String: Int64] {
        try await times("ran:", of: entries, in: queues)
    }

    /// The newest nominal time that was handled while the clock was ahead, by entry; absent for most.
    public func ticksAhead(of entries: [String], in queues: [QueueName]) async throws(JobQueueError) -> [String: Int64]
    {
        try await times("ahead:", of: entries, in: queues)
    }

    private func times(
        _ prefix: String, of entries: [String], in queues: [QueueName]
    ) async throws(JobQueueError) -> [String: Int64] {
        guard !entries.isEmpty else { return [:] }
        var last: [String: Int64] = [:]
        let fields = entries.map { RedisWord.text(prefix + $0) }
        let replies = try await runner.pipeline(
            queues.map { RedisCommand(["HMGET", .text(runner.keyspace.of($0).meta)] + fields) })
        for reply in replies {
            let values = try runner.decode { () throws(RedisError) in try reply.array(of: "HMGET") }
            for (entry, value) in zip(entries, values) {
                guard let time = Self.number(value) else { continue }
                // A number beyond 2^53 is no time; sums with it would overflow.
                last[entry] = max(last[entry] ?? 0, Int64(min(time, 1 << 53)))
            }
        }
        return last
    }

    /// A value that is no number, which another program has written, counts as absent: its entry begins anew, and the
    /// others go on.
    private static func number(_ value: RedisValue) -> Int? { (try? value.optionalInt(of: "HMGET")) ?? nil }

    /// Makes an entry's ticks count from a time on, without enqueueing jobs.
    /// - Parameter version: the version of the schedule that the entry begins with; 0 to leave that as it is.
    /// - Returns: the nominal time that counts as handled now; nil for a stale epoch.
    public func setLastRun(
        of entry: String, in queue: QueueName, at time: Int64, epoch: Int, version: Int = 0
    ) async throws(JobQueueError) -> Int64? {
        let reply = try await runner.run(
            Scripts.setLastRun, [runner.keyspace.of(queue).meta],
            [.integer(epoch), .text(entry), .integer(Int(time)), .integer(version)])
        let known = try runner.decode { () throws(RedisError) in try reply.int(of: "set_last_run") }
        return known < 0 ? nil : Int64(known)
    }

    /// With which version of the schedule each entry began, as `setLastRun` noted it.
    /// - Parameter queues: every queue that the entries may have used; the newest version counts.
    public func begunVersions(
        of entries: [String], in queues: [QueueName]
    ) async throws(JobQueueError) -> [String: Int] {
        guard !entries.isEmpty else { return [:] }
        let fields = entries.map { RedisWord.text("begun:\($0)") }
        let replies = try await runner.pipeline(
            queues.map { RedisCommand(["HMGET", .text(runner.keyspace.of($0).meta)] + fields) })
        return try runner.decode { () throws(RedisError) in
            var versions: [String: Int] = [:]
            for reply in replies {
                for (entry, value) in zip(entries, try reply.array(of: "HMGET", count: entries.count)) {
                    guard let version = Self.number(value) else { continue }
                    versions[entry] = max(versions[entry] ?? 0, version)
                }
            }
            return versions
        }
    }

    /// Makes an entry continue from now although its last handled tick is later, and records that as `clock-corrected`.
    /// Ticks that were enqueued while the clock was ahead are not enqueued again.
    /// - Parameters:
    ///   - last: the last handled time that the caller has seen; when it has changed since, nothing is written.
    ///   - detail: a sentence for the history.
    /// - Returns: the nominal time that counts as handled now; nil for a stale epoch.
    public func correctLastTick(
        of entry: String, in queue: QueueName, from last: Int64, to now: Int64, detail: String, epoch: Int
    ) async throws(JobQueueError) -> Int64? {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.run(
            Scripts.correctLastTick, [keys.meta, keys.history(entry)],
            [
                .integer(epoch), .text(entry), .integer(Int(last)), .integer(Int(now)),
                .text(CompactJSON.quoted(detail)), .integer(Self.tickHistoryLimit),
            ])
        let known = try runner.decode { () throws(RedisError) in try reply.int(of: "correct_last_tick") }
        return known < 0 ? nil : Int64(known)
    }
}
