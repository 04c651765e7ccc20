import Redis

/// A job as it is stored, with the state that the queue's keys give it.
public struct StoredJob: Sendable {
    /// Unique within `queue` while the job has a record.
    public let id: JobID
    /// The queue whose keys hold the job.
    public let queue: QueueName
    /// Derived from the key in which the job stands; the record's state code alone does not give it.
    public let state: JobState
    /// The stored record as it was read; it may have changed since.
    public let envelope: JobEnvelope
    /// When it is due, for `scheduled` and `retrying`; unix milliseconds.
    public let dueMilliseconds: Int64?
    /// The worker that runs it, for `running`.
    public let worker: String?
    /// When the running attempt, or the last one of a finished job, started; unix milliseconds.
    public let startedMilliseconds: Int64?
    /// Why it is parked: `kind=<kind>@<version>`, `cap=<key>`, `fuse=<id>`, `crashed`, `crash-open` or `batch`; nil for
    /// any other.
    public let heldBy: String?
}

/// The numbers of one queue. Most are read from the keys; totals since the queue exists are counters.
public struct QueueCounts: Sendable, Equatable {
    /// The queue's name.
    public var name: String
    /// Jobs in the ready list, and those that crashed before and run one by one.
    public var ready = 0
    /// Jobs among the ready and parked ones that wait for another job to finish: of a concurrency key, or after a
    /// crash.
    public var held = 0
    /// Jobs that wait for another job of their concurrency key to finish, or for a worker that knows their kind.
    public var parked = 0
    /// Jobs that wait for their children.
    public var waiting = 0
    /// Claims of all workers with a lease on the queue, those with an expired lease included.
    public var running = 0
    /// Jobs whose start time lies ahead, and postponed ones.
    public var scheduled = 0
    /// Failed jobs that wait for their next attempt.
    public var retrying = 0
    /// Jobs that were given up and are kept until an operator decides, or the retention removes them.
    public var dead = 0
    /// Nil unless it is paused; then the reason.
    public var pausedBecause: String?
    /// Until when it is paused, unix ms; nil when it is not, or until it is resumed.
    public var pausedUntilMilliseconds: Int64?
    /// Age of the oldest ready job of ordinary priority.
    public var oldestWaitMilliseconds: Int64 = 0
    /// Jobs that succeeded in about the last minute.
    public var processedLastMinute = 0
    /// Attempts that failed in about the last minute; a job that failed twice counts twice.
    public var failedLastMinute = 0
    /// Jobs that were enqueued since the queue exists.
    public var enqueued = 0
    /// Jobs that succeeded since the queue exists.
    public var succeeded = 0
    /// Ticks of the schedule that enqueued nothing, since the queue exists; each tick of a run counts.
    public var ticksSkipped = 0
    /// When a canary was settled last, or the first one sent, unix ms; nil when none was ever sent.
    public var canaryMilliseconds: Int64?
    /// Crashes that were counted for jobs, since the queue exists.
    public var crashes = 0
    /// Leases that jobs lost without a known death of their worker, since the queue exists.
    public var losses = 0
}

/// The read side, for the command line and the dashboard. Works with all workers dead; changes nothing.
public struct QueueInspector: Sendable {
    let runner: ScriptRunner

    /// - Parameter broker: used for reading alone.
    public init(broker: Broker) { runner = broker.runner }

    init(_ runner: ScriptRunner) { self.runner = runner }

    /// Every queue that ever had a job or a worker, by name.
    public func queues() async throws(JobQueueError) -> [QueueName] {
        let reply = try await runner.send(["SMEMBERS", .text(runner.keyspace.queues)])
        var names: [QueueName] = []
        for text in try runner.decode({ () throws(RedisError) in try reply.strings(of: "SMEMBERS") }) {
            if let name = try? QueueName(text) { names.append(name) }
        }
        return names.sorted()
    }

    /// Reads the numbers in a few round trips, not in one step: a job that moves meanwhile can count twice or not at
    /// all.
    public func counts(of queue: QueueName) async throws(JobQueueError) -> QueueCounts {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let replies = try await runner.pipeline([
            ["LLEN", .text(keys.ready)], ["ZCARD", .text(keys.ranked)], ["ZCARD", .text(keys.scheduled)],
            ["ZCARD", .text(keys.retrying)], ["ZCARD", .text(keys.dead)], ["HGETALL", .text(keys.meta)],
            ["LINDEX", .text(keys.ready), 0], ["ZLEXCOUNT", .text(keys.parked), "[c", "(d"],
            ["ZLEXCOUNT", .text(keys.parked), "[cap=", "(cap>"],
            ["ZLEXCOUNT", .text(keys.parked), "[kind=", "(kind>"],
            ["ZLEXCOUNT", .text(keys.parked), "[batch ", "(batch!"],
            ["ZLEXCOUNT", .text(keys.parked), "[fuse=", "(fuse>"],
        ])
        var counts = QueueCounts(name: queue.description)
        let (numbers, meta, oldest) = try runner.decode { () throws(RedisError) in
            var numbers: [Int] = []
            for reply in replies.prefix(5) + replies.suffix(5) { numbers.append(try reply.int(of: "LLEN")) }
            var meta: [String: String] = [:]
            for (name, value) in try replies[5].pairs(of: "HGETALL") { meta[name] = try value.shownText(of: "HGETALL") }
            return (numbers, meta, try replies[6].optionalString(of: "LINDEX"))
        }
        (counts.held, counts.parked, counts.waiting) = (numbers[5], numbers[6] + numbers[7] + numbers[9], numbers[8])
        let crashed = max(0, counts.held - numbers[6])
        counts.ready = max(0, numbers[0] + numbers[1] - Self.count("tombstones", meta)) + crashed
        counts.scheduled = numbers[2]
        counts.retrying = numbers[3]
        counts.dead = numbers[4]
        counts.running = try await runningCount(of: queue, keys)
        fill(&counts, from: meta, now: now)
        if let oldest { counts.oldestWaitMilliseconds = try await wait(of: JobID(unchecked: oldest), keys, now) }
        return counts
    }

    /// How many jobs of a queue are in a state; nil for succeeded, cancelled and expired, which share one list.
    public func count(of state: JobState, in queue: QueueName) async throws(JobQueueError) -> Int? {
        let counts = try await counts(of: queue)
        return switch state {
        case .ready: counts.ready
        case .running: counts.running
        case .scheduled: counts.scheduled
        case .retrying: counts.retrying
        case .dead: counts.dead
        case .waiting: counts.waiting
        case .parked: counts.parked
        case .succeeded, .cancelled, .expired: nil
        }
    }

    private func runningCount(of queue: QueueName, _ keys: KeysOfQueue) async throws(JobQueueError) -> Int {
        let workers = try await ClaimStore(runner).leaseHolders(of: queue)
        let replies = try await runner.pipeline(workers.map { ["HLEN", .text(keys.running($0))] })
        return try runner.decode { () throws(RedisError) in
            var sum = 0
            for reply in replies { sum += try reply.int(of: "HLEN") }
            return sum
        }
    }

    private func fill(_ counts: inout QueueCounts, from meta: [String: String], now: Int64) {
        if let until = StoredTime.milliseconds(meta["paused_until"] ?? ""), until == 0 || until > now {
            counts.pausedBecause = meta["paused_reason"] ?? ""
            counts.pausedUntilMilliseconds = until == 0 ? nil : until
        }
        counts.enqueued = Self.count("enqueued", meta)
        counts.succeeded = Self.count("succeeded", meta)
        counts.ticksSkipped = Self.count("ticks_skipped", meta)
        counts.crashes = Self.count("crashes", meta)
        counts.canaryMilliseconds = meta["canary_at"].flatMap { StoredTime.milliseconds($0) }
        counts.losses = Self.count("losses", meta)
        let slot = now / 10_000
        for index in 0..<8 {
            let parts = (meta["window:\(index)"] ?? "").split(separator: " ").compactMap { StoredTime.milliseconds($0) }
            guard parts.count == 3, parts[0] > slot - 6, parts[0] <= slot else { continue }
            counts.processedLastMinute += Self.bounded(parts[1])
            counts.failedLastMinute += Self.bounded(parts[2])
        }
    }

    private static func count(_ name: String, _ meta: [String: String]) -> Int {
        bounded(Int64(meta[name] ?? "") ?? 0)
    }

    /// Counters that another program has written must not overflow in sums.
    private static func bounded(_ number: Int64) -> Int { Int(min(max(number, 0), 1 << 53)) }

    private func wait(of id: JobID, _ keys: KeysOfQueue, _ now: Int64) async throws(JobQueueError) -> Int64 {
        let reply = try await runner.send(["HGET", .text(keys.jobs), .text(id.description)])
        guard let bytes = try runner.decode({ () throws(RedisError) in try reply.optionalBytes(of: "HGET") }),
            let envelope = try? JobEnvelope(record: bytes, id: id.description), envelope.stateCode == .live
        else { return 0 }
        return max(0, now - envelope.enqueuedMilliseconds)
    }

    /// The scheduler that leads, with the epoch; nil when no lease holds.
    public func leader() async throws(JobQueueError) -> (holder: String, epoch: Int)? {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["GET", .text(runner.keyspace.leader)])
        guard let text = try runner.decode({ () throws(RedisError) in try reply.optionalString(of: "GET") }) else {
            return nil
        }
        let parts = text.split(separator: " ")
        guard parts.count > 2, let epoch = Int(parts[0]), let until = StoredTime.milliseconds(parts[parts.count - 1]),
            until > now
        else { return nil }
        return (parts[1..<parts.count - 1].joined(separator: " "), epoch)
    }
}

extension StoredJob {
    /// The error of the last attempt that failed; nil when none did.
    public var failure: JobFailure? { JobFailure(outcome: envelope.outcome) }

    /// Everything that happened to the job, oldest first. The record's fixed fields are included as events.
    public var timeline: [JobEvent] {
        var events = [JobEvent(at: envelope.enqueuedMilliseconds, event: "enqueued")]
        events += JobEvent.list(envelope.events).reversed()
        if let started = startedMilliseconds, state == .running || state == .succeeded {
            events.append(JobEvent(at: started, event: "started", attempt: envelope.attempts + 1, worker: worker))
        }
        if let finished = envelope.finishedMilliseconds, state != .dead {
            events.append(JobEvent(at: finished, event: state.rawValue, worker: worker))
        }
        return events
    }
}
