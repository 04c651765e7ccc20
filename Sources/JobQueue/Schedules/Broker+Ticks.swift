import Redis

/// One tick of the schedule, or a run of ticks with the same outcome, as the queue sees it.
public struct Tick: Sendable {
    /// The planned outcome of a tick.
    public enum Outcome: Sendable, Equatable {
        /// Its jobs are enqueued, on time.
        case enqueue
        /// It was missed, and its jobs are enqueued now.
        case catchUp
        /// An operator backfills a time that was handled without jobs. Not fenced by an epoch, and neither overlap nor
        /// pauses apply: each time is still enqueued once.
        case backfill
        case skip(SkipReason)
        /// The source of the fan-out's entities gave no usable answer.
        case sourceUnavailable
    }

    /// Why the planner records a tick, or a run of them, without jobs.
    public enum SkipReason: String, Sendable {
        case misfire
        /// Outside of the entry's window, or on a day of a quiet calendar.
        case window
    }

    /// One of a tick's jobs.
    public struct Member: Sendable {
        /// Empty without a fan-out.
        public var entity: String
        /// Its id must derive from the tick's.
        public var job: NewJob

        /// - Parameter entity: 1 to 48 characters, as `EntityName` in the scheduler allows; empty without a fan-out.
        public init(entity: String = "", job: NewJob) {
            self.entity = entity
            self.job = job
        }
    }

    /// `entry@nominal`: the same in every scheduler.
    public var id: String
    /// The entry's name in the schedule file.
    public var entry: String
    /// Unix milliseconds; of the last tick of a run.
    public var nominalMilliseconds: Int64
    /// Of the first tick of a run.
    public var firstMilliseconds: Int64
    /// How many ticks the run has.
    public var count = 1
    /// The queue whose record of ticks it belongs to, and that its jobs go to.
    public var queue: QueueName
    /// The planner's decision; tick.lua decides whether it is carried out.
    public var outcome: Outcome
    /// One sentence for display; empty for none.
    public var detail = ""
    /// Applies to each entity separately; a backfill uses `allow`.
    public var overlap = TickOverlap.skip
    /// For `queue-all`: how many may wait.
    public var overlapMax = 10
    /// Jobs in a row that died, after which the entry or the entity is paused; 0 for never.
    public var pauseAfterFailures = 0
    /// At most `memberLimit`; none unless jobs are to be enqueued.
    public var members: [Member] = []

    /// Jobs of one tick at most; `Broker.tick` throws `outOfRange` beyond it.
    public static let memberLimit = 1_000

    /// One tick without jobs yet, with the id `entry@nominal`; add `members` before `Broker.tick`.
    public init(
        entry: String, nominalMilliseconds: Int64, queue: QueueName, outcome: Outcome = .enqueue
    ) {
        id = "\(entry)@\(nominalMilliseconds)"
        self.entry = entry
        self.nominalMilliseconds = nominalMilliseconds
        firstMilliseconds = nominalMilliseconds
        self.queue = queue
        self.outcome = outcome
    }
}

/// The overlap policy: how a tick is handled whose previous job, of the same entry and entity, has not finished.
public enum TickOverlap: String, Sendable, CaseIterable {
    /// The tick is skipped.
    case skip
    /// The jobs run concurrently.
    case allow
    /// One may wait while another runs; further ticks are skipped.
    case queueOne = "queue-one"
    /// Up to `overlap_max` jobs may wait; further ticks are skipped.
    case queueAll = "queue-all"
    /// Waiting jobs are cancelled and the new job waits instead; running jobs go on.
    case replaceWaiting = "replace-waiting"
    /// Waiting jobs are cancelled, and running ones are asked to stop.
    case cancelRunning = "cancel-running"

    /// Whether the policy distinguishes running jobs from waiting ones.
    var tellsRunningFromWaiting: Bool { self != .skip && self != .allow }
}

/// The result of a tick.
public enum TickAnswer: String, Sendable {
    /// Recorded; its jobs, if any may run, are enqueued.
    case enqueued
    /// Handled before, by this scheduler or another.
    case duplicate
    /// Stale epoch: a newer leader was elected.
    case stale
    /// Cannot be backfilled, because it is not past yet.
    case ahead
    /// Nothing was changed, because workers joined at every try.
    case again
    /// Skipped, because the previous job of each entity is unfinished.
    case overlap
    /// Skipped, because an operator or the entry's failures paused it.
    case paused
    /// Skipped, because the queue is full.
    case queueFull = "queue-full"
    case skipped
}

/// The effects of a tick.
public struct TickResult: Sendable, Equatable {
    /// The answer of tick.lua; when it is not `enqueued`, no job was enqueued.
    public var answer: TickAnswer
    /// Jobs that were enqueued.
    public var jobs: Int
    /// Entries, or `entry#entity`, whose pause has ended and whose ticks the scheduler has to catch up.
    public var endedPauses: [String]
    /// Entries, or `entry#entity`, that this tick paused, because too many of their jobs in a row died.
    public var pausedNow: [String]
}

extension Broker {
    /// How long the ids of ticks that enqueued jobs are kept at least: two days, in milliseconds.
    public static let tickMemoryMilliseconds: Int64 = 2 * 86_400_000
    /// Records that each entry's history keeps.
    public static let tickHistoryLimit = 1_000

    /// Enqueues the jobs of a tick, once, however many schedulers try, and records the tick in the same step.
    /// - Throws: `JobQueueError.outOfRange` for more members than the limit, or an invalid job.
    public func tick(_ tick: Tick, epoch: Int) async throws(JobQueueError) -> TickResult {
        try await register(tick.queue)
        var result = TickResult(answer: .again, jobs: 0, endedPauses: [], pausedNow: [])
        // Retries while workers join concurrently; after 16 more tries the tick waits for the next turn.
        for _ in 0..<16 where result.answer == .again { result = try await tickOnce(tick, epoch: epoch) }
        return result
    }

    private func tickOnce(_ tick: Tick, epoch: Int) async throws(JobQueueError) -> TickResult {
        let now = try await clock.now()
        let keys = keyspace.of(tick.queue)
        let mustTell = tick.overlap.tellsRunningFromWaiting && !tick.members.isEmpty
        let workers = mustTell ? try await leaseHolders(of: tick.queue) : []
        let arguments =
            head(of: tick, epoch: epoch, now: now) + [.integer(workers.count)]
            + workers.map { .text($0.description) } + (try await members(of: tick, now: now))
        let reply = try await run(
            Scripts.tick,
            keys.block + [keys.ticks, keys.entries, keys.history(tick.entry), keys.leases]
                + workers.map { keys.running($0) },
            arguments, durablyFor: tick.queue, ids: tick.members.compactMap(\.job.id))
        return try decode { () throws(RedisError) in
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
            .text(keyspace.cancellations), .text(tick.queue.description),
        ]
    }

    private func members(of tick: Tick, now: Int64) async throws(JobQueueError) -> [RedisWord] {
        guard tick.members.count <= Tick.memberLimit else {
            throw .outOfRange(
                what: "The number of jobs of one tick", value: "\(tick.members.count)",
                range: "at most \(Tick.memberLimit)")
        }
        guard !tick.members.isEmpty else { return [0] }
        let freshFor = try await demands(of: tick.queue).freshForMilliseconds
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
        let replies = try await pipeline(queues.map { RedisCommand(["HMGET", .text(keyspace.of($0).meta)] + fields) })
        for reply in replies {
            let values = try decode { () throws(RedisError) in try reply.array(of: "HMGET") }
            for (entry, value) in zip(entries, values) {
                guard let time = try decode({ () throws(RedisError) in try value.optionalInt(of: "HMGET") }) else {
                    continue
                }
                // A number beyond 2^53 is no time; sums with it would overflow.
                last[entry] = max(last[entry] ?? 0, Int64(min(time, 1 << 53)))
            }
        }
        return last
    }

    /// Makes an entry's ticks count from a time on, without enqueueing jobs.
    /// - Parameter version: the version of the schedule that the entry begins with; 0 to leave that as it is.
    /// - Returns: the nominal time that counts as handled now; nil for a stale epoch.
    public func setLastRun(
        of entry: String, in queue: QueueName, at time: Int64, epoch: Int, version: Int = 0
    ) async throws(JobQueueError) -> Int64? {
        let reply = try await run(
            Scripts.setLastRun, [keyspace.of(queue).meta],
            [.integer(epoch), .text(entry), .integer(Int(time)), .integer(version)])
        let known = try decode { () throws(RedisError) in try reply.int(of: "set_last_run") }
        return known < 0 ? nil : Int64(known)
    }

    /// With which version of the schedule each entry began, as `setLastRun` noted it.
    /// - Parameter queues: every queue that the entries may have used; the newest version counts.
    public func begunVersions(
        of entries: [String], in queues: [QueueName]
    ) async throws(JobQueueError) -> [String: Int] {
        guard !entries.isEmpty else { return [:] }
        let fields = entries.map { RedisWord.text("begun:\($0)") }
        let replies = try await pipeline(
            queues.map { RedisCommand(["HMGET", .text(keyspace.of($0).meta)] + fields) })
        return try decode { () throws(RedisError) in
            var versions: [String: Int] = [:]
            for reply in replies {
                for (entry, value) in zip(entries, try reply.array(of: "HMGET", count: entries.count)) {
                    guard let version = try value.optionalInt(of: "HMGET") else { continue }
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
        let keys = keyspace.of(queue)
        let reply = try await run(
            Scripts.correctLastTick, [keys.meta, keys.history(entry)],
            [
                .integer(epoch), .text(entry), .integer(Int(last)), .integer(Int(now)),
                .text(CompactJSON.quoted(detail)), .integer(Self.tickHistoryLimit),
            ])
        let known = try decode { () throws(RedisError) in try reply.int(of: "correct_last_tick") }
        return known < 0 ? nil : Int64(known)
    }
}
