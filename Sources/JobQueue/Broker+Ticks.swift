import Redis

/// One tick of the schedule, as the queue sees it.
public struct Tick: Sendable {
    /// `entry@nominal`: the same in every scheduler.
    public var id: String
    public var entry: String
    /// Unix milliseconds.
    public var nominalMilliseconds: Int64
    /// Whether it is left out while the job of the tick before lives.
    public var skipsOverlap: Bool
    /// Nil when the tick is only to be recorded as skipped.
    public var job: NewJob?
    /// The queue whose record of ticks it belongs to.
    public var queue: QueueName

    public init(
        id: String, entry: String, nominalMilliseconds: Int64, skipsOverlap: Bool, queue: QueueName, job: NewJob?
    ) {
        self.id = id
        self.entry = entry
        self.nominalMilliseconds = nominalMilliseconds
        self.skipsOverlap = skipsOverlap
        self.queue = queue
        self.job = job
    }
}

/// What became of a tick.
public enum TickAnswer: String, Sendable {
    case enqueued
    /// Handled before, by this scheduler or another.
    case duplicate
    /// A later leader has spoken: this scheduler leads no more.
    case stale
    /// Left out, because the job of the tick before still lives.
    case overlap
    /// Left out, because the queue takes no more.
    case full
    case skipped
}

extension Broker {
    /// How long handled ticks are remembered.
    private static let tickMemoryMilliseconds = 2 * 86_400_000

    /// Enqueues the job of a tick, once, however many schedulers try, and records the tick in the same step.
    public func tick(_ tick: Tick, epoch: Int) async throws(JobQueueError) -> TickAnswer {
        let now = try await clock.now()
        try await register(tick.queue)
        let keys = KeysOfQueue(tick.queue)
        var arguments: [RedisWord] = [
            .integer(Int(now)), .integer(epoch), .text(tick.id), .text(tick.entry),
            .integer(Int(tick.nominalMilliseconds)), tick.skipsOverlap ? "skip" : "allow",
            .integer(Self.tickMemoryMilliseconds),
        ]
        if let job = tick.job {
            try job.check(now: now)
            var random = SystemRandomNumberGenerator()
            let id = job.id ?? JobID.make(nowMilliseconds: now, using: &random)
            arguments += [
                .text(id.description), .bytes(job.record(now: now)), .integer(job.priority),
                .integer(Int(job.dueMilliseconds(now: now))),
            ]
        } else {
            arguments += ["", "", 0, 0]
        }
        let reply = try await run(
            Scripts.tick, keys.block + [keys.ticks], arguments, durablyFor: tick.queue,
            ids: tick.job?.id.map { [$0] } ?? [])
        let word = try decode { () throws(RedisError) in try reply.string(of: "tick") }
        guard let answer = TickAnswer(rawValue: word) else {
            throw .redis(.unexpectedReply(command: "tick", expected: "a tick's answer", got: word))
        }
        return answer
    }

    /// The nominal time that each entry's last handled tick had, in unix milliseconds.
    /// - Parameter entries: with every queue that the entry may have used.
    public func lastTicks(of entries: [String], in queues: [QueueName]) async throws(JobQueueError) -> [String: Int64] {
        guard !entries.isEmpty else { return [:] }
        var last: [String: Int64] = [:]
        let fields = entries.map { RedisWord.text("last:\($0)") }
        let replies = try await pipeline(queues.map { RedisCommand(["HMGET", .text(KeysOfQueue($0).meta)] + fields) })
        for reply in replies {
            let values = try decode { () throws(RedisError) in try reply.array(of: "HMGET") }
            for (entry, value) in zip(entries, values) {
                guard let time = try decode({ () throws(RedisError) in try value.optionalInt(of: "HMGET") }) else {
                    continue
                }
                last[entry] = max(last[entry] ?? 0, Int64(time))
            }
        }
        return last
    }

    /// Makes an entry's ticks count from a time on, without enqueueing anything.
    /// - Returns: the nominal time that counts as handled now; nil when this epoch is over.
    public func setBaseline(
        of entry: String, in queue: QueueName, at time: Int64, epoch: Int
    ) async throws(JobQueueError) -> Int64? {
        let reply = try await run(
            Scripts.setBaseline, [KeysOfQueue(queue).meta], [.integer(epoch), .text(entry), .integer(Int(time))])
        let known = try decode { () throws(RedisError) in try reply.int(of: "set_baseline") }
        return known < 0 ? nil : Int64(known)
    }
}

/// Leadership over the schedule: one scheduler at a time, each with a greater epoch than the one before.
public struct LeaderLease: Sendable {
    private let broker: Broker
    private let holder: String
    private let lease: Duration

    /// - Parameters:
    ///   - holder: a name of this scheduler that no other has.
    ///   - lease: how long the leadership lasts without `lead()`.
    public init(broker: Broker, holder: String, lease: Duration) {
        self.broker = broker
        self.holder = holder
        self.lease = lease
    }

    /// Takes or keeps the leadership.
    /// - Returns: the epoch; nil while another leads.
    public func lead() async throws(JobQueueError) -> Int? {
        let reply = try await broker.run(
            Scripts.lead, [QueueKeys.leader, QueueKeys.epoch],
            [.text(holder), .integer(Int(lease.milliseconds))])
        let epoch = try broker.decode { () throws(RedisError) in try reply.int(of: "lead") }
        return epoch == 0 ? nil : epoch
    }

    /// Tells queues that this epoch has begun: ticks of earlier leaders are refused from here on.
    /// - Returns: false when a later epoch has begun already.
    public func announce(_ epoch: Int, to queues: [QueueName]) async throws(JobQueueError) -> Bool {
        for queue in queues {
            let reply = try await broker.run(Scripts.raiseEpoch, [KeysOfQueue(queue).meta], [.integer(epoch)])
            let known = try broker.decode { () throws(RedisError) in try reply.int(of: "raise_epoch") }
            if known > epoch { return false }
        }
        return true
    }

    /// Gives the leadership up, so that a standby need not wait for the lease to end.
    public func resign() async throws(JobQueueError) {
        _ = try await broker.run(Scripts.resign, [QueueKeys.leader], [.text(holder)])
    }
}
