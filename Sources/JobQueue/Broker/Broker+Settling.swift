import Redis

/// Settles attempts. When the claim was lost, a script refuses and changes nothing.
extension Broker {
    /// Finishes jobs that succeeded, were cancelled or expired, with their children, in one step.
    ///
    /// The jobs must be of one queue and one worker; 1 to 256; at most one of them waits for its children.
    /// - Returns: for each job whether it was settled; false when its claim had been lost.
    public func acknowledge(_ completions: [Completion]) async throws(JobQueueError) -> [Bool] {
        guard let first = completions.first?.job else { return [] }
        let now = try await clock.now()
        let keys = keyspace.of(first.queue)
        let waiting = completions.first { $0.isWaiting }
        guard completions.count(where: \.isWaiting) < 2 else {
            throw .outOfRange(what: "The number of jobs that go on to wait", value: "several", range: "at most one")
        }
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(finishedLimit), .integer(completions.count)]
        arguments.reserveCapacity(6 + completions.count * 4)
        for completion in completions {
            arguments.append(.text(completion.job.id.description))
            arguments.append(.integer(Int(completion.job.fence)))
            arguments.append(.bytes(completion.record(now: now)))
            arguments.append(.text(completion.counter))
        }
        arguments.append(.text(waiting.flatMap { $0.batch }.map { "\(first.queue) \($0.onFailure.rawValue)" } ?? ""))
        let follow = waiting?.batch?.followUp
        arguments.append(
            .text(
                try follow.map { job throws(JobQueueError) in
                    try FollowUp.text(job, after: waiting?.job.id ?? first.id)
                } ?? ""))
        let (children, queues) = try await childArguments(of: completions, now: now)
        arguments.append(contentsOf: children)
        let reply = try await run(
            Scripts.acknowledge,
            keys.block + [keys.running(first.worker), keys.batch((waiting?.job ?? first).id)]
                + queues.flatMap { keyspace.of($0).block },
            arguments)
        let settled = try decode { () throws(RedisError) in
            var settled: [Bool] = []
            for value in try reply.array(of: "acknowledge") { settled.append(try value.bool(of: "acknowledge")) }
            return settled
        }
        if completions.contains(where: { $0.isWaiting || $0.job.isChildOfBatch }) {
            await notifyParents(of: first.queue)
        }
        return settled
    }

    private func childArguments(
        of completions: [Completion], now: Int64
    ) async throws(JobQueueError) -> ([RedisWord], [QueueName]) {
        var words: [RedisWord] = []
        var queues: [QueueName] = []
        var count = 0
        for (position, completion) in completions.enumerated() {
            for (number, child) in completion.children.enumerated() {
                if !queues.contains(child.queue) {
                    try await register(child.queue)
                    queues.append(child.queue)
                }
                let (id, child) = try completion.prepared(child, number: number)
                try child.check(now: now)
                words.append(.integer(position + 1))
                words.append(.integer((queues.firstIndex(of: child.queue) ?? 0) + 1))
                words.append(.text(child.queue.description))
                words.append(.text(id.description))
                let freshFor = try await demands(of: child.queue).freshForMilliseconds
                words.append(.bytes(child.record(now: now, freshFor: freshFor)))
                words.append(.integer(child.priority))
                words.append(.integer(Int(child.dueMilliseconds(now: now))))
                count += 1
            }
        }
        guard count <= Self.childLimit else {
            throw .outOfRange(what: "The number of children", value: "\(count)", range: "at most \(Self.childLimit)")
        }
        return ([.integer(count)] + words, queues)
    }

    /// Children that one acknowledgement may enqueue.
    public static let childLimit = 1_000

    /// Moves a failed job to retrying until its next attempt is due; one attempt is spent.
    public func retry(_ job: LeasedJob, at due: Int64, because failure: JobFailure) async throws(JobQueueError)
        -> SettleAnswer
    {
        let now = try await clock.now()
        let keys = keyspace.of(job.queue)
        var record = job.envelope
        record.attempts += 1
        record.outcome = Completion.outcome(of: failure)
        record.add(event(job, "failed", now, failure.message))
        return try await settle(
            Scripts.retry, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .integer(Int(due)),
                .bytes(record.encoded()),
            ])
    }

    /// Postpones a job; no attempt is spent. A time that is not in the future puts it first in the ready list.
    public func postpone(_ job: LeasedJob, until due: Int64, because reason: String) async throws(JobQueueError)
        -> SettleAnswer
    {
        let now = try await clock.now()
        let keys = keyspace.of(job.queue)
        var record = job.envelope
        record.add(event(job, "postponed", now, reason))
        return try await settle(
            Scripts.postpone, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .integer(Int(due)),
                .bytes(record.encoded()),
            ])
    }

    /// Makes a job dead. It is kept until an operator decides.
    public func deadLetter(_ job: LeasedJob, because failure: JobFailure) async throws(JobQueueError) -> SettleAnswer {
        let now = try await clock.now()
        let keys = keyspace.of(job.queue)
        var record = job.envelope
        record.attempts += 1
        record.stateCode = .dead
        record.outcome = Completion.outcome(of: failure)
        record.startedMilliseconds = job.startedMilliseconds
        record.finishedMilliseconds = now
        record.worker = job.worker.description
        record.add(event(job, "dead", now, failure.message))
        let answer = try await settle(
            Scripts.deadLetter, keys.block + [keys.running(job.worker)],
            [.text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .bytes(record.encoded())])
        if job.isChildOfBatch { await notifyParents(of: job.queue) }
        return answer
    }

    func event(_ job: LeasedJob, _ name: String, _ now: Int64, _ detail: String) -> JobEvent {
        JobEvent(
            at: now, event: name, attempt: job.attempt, worker: job.worker.description,
            detail: String(detail.prefix(500)))
    }

    func settle(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]
    ) async throws(JobQueueError) -> SettleAnswer {
        let reply = try await run(script, keys, arguments)
        return try decode { () throws(RedisError) in
            switch try reply.int(of: script.name) {
            case 1: .settled
            case -1: .cancelRequested
            default: .claimLost
            }
        }
    }
}

/// The answer of a script that settles an attempt.
public enum SettleAnswer: Sendable, Equatable {
    case settled
    /// The claim had been lost: another worker has the job or will get it, and nothing was changed.
    case claimLost
    /// An operator cancelled the job: it is neither retried nor postponed; acknowledge it as cancelled.
    case cancelRequested
}

/// The final result of one job.
public struct Completion: Sendable {
    /// The claim that is settled; its fence decides whether the script accepts the completion.
    public var job: LeasedJob
    /// `.succeeded`, `.cancelled` or `.expired`.
    public var stateCode: JobEnvelope.StateCode
    /// One JSON value, or empty.
    public var result: String
    /// Jobs to enqueue in the same step, in any queues; together at most `Broker.childLimit` for one acknowledgement.
    public var children: [NewJob]
    /// When set, the job waits for its children instead of finishing.
    public var batch: BatchPlan?
    /// The final record, once it is made.
    private var frozen: [UInt8]?

    /// A success, unless `stateCode` states another result. `batch` has an effect only with children and `.succeeded`.
    public init(
        _ job: LeasedJob, _ stateCode: JobEnvelope.StateCode = .succeeded, result: String = "", children: [NewJob] = [],
        batch: BatchPlan? = nil
    ) {
        self.job = job
        self.stateCode = stateCode
        self.result = result
        self.children = children
        self.batch = batch
    }

    /// Whether the job now waits for its children.
    var isWaiting: Bool { stateCode == .succeeded && batch != nil && !children.isEmpty }

    var counter: String {
        switch stateCode {
        case _ where isWaiting: "waiting"
        case .cancelled: "cancelled"
        case .expired: "expired"
        default: "succeeded"
        }
    }

    /// Encodes the final record beforehand, with this time of completion. Nothing may be changed afterwards.
    /// - Parameter now: unix milliseconds.
    public mutating func freeze(now: Int64) { frozen = record(now: now) }

    func record(now: Int64) -> [UInt8] {
        if let frozen { return frozen }
        var record = job.envelope
        record.stateCode = isWaiting ? .waiting : stateCode
        record.startedMilliseconds = job.startedMilliseconds
        record.finishedMilliseconds = isWaiting ? nil : now
        record.worker = job.worker.description
        record.outcome = result.isEmpty ? "" : "{\"result\":\(resultLine)}"
        return record.encoded()
    }

    /// The result as JSON in one line. A result that is not JSON is stored as a JSON string: the job is done, and its
    /// record must stay readable.
    private var resultLine: String {
        guard JSONSyntax.problem(in: result.utf8, depthLimit: JobPayload.depthLimit) == nil else {
            return CompactJSON.quoted(result)
        }
        // Line breaks separate the parts of a record. In JSON they are insignificant outside strings, and inside
        // strings they are always escaped.
        guard result.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return result }
        return String(decoding: result.utf8.filter { $0 != 0x0D }.map { $0 == 0x0A ? 0x20 : $0 }, as: UTF8.self)
    }

    /// A child as it is enqueued: with its parent's id and an own id that is the same in every run.
    /// - Throws: `JobQueueError.badName` when the ids together are too long for one; `outOfRange` for a job that would
    ///   wait for itself.
    func prepared(_ child: NewJob, number: Int) throws(JobQueueError) -> (JobID, NewJob) {
        var child = child
        child.options.parentID = child.options.parentID ?? job.id.description
        if isWaiting { child.options.batch = "\(job.queue)/\(job.id)" }
        let id = if let given = child.id { given } else { try job.id.child("\(number)") }
        guard !isWaiting || id != job.id || child.queue != job.queue else {
            throw .outOfRange(what: "The id of a child", value: "\(id)", range: "another than its waiting parent's")
        }
        return (id, child)
    }

    static func outcome(of failure: JobFailure) -> String {
        guard let text = try? CompactJSON.text(["error": failure]) else { return "" }
        return text
    }
}
