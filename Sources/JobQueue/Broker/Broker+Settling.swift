import Redis

/// How attempts end. Each method is refused, and changes nothing, when the claim was lost.
extension Broker {
    /// Ends attempts that succeeded, or were cancelled, with their children, in one step.
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

    /// Sends a failed job to wait for its next attempt.
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

    /// Gives a job back unfinished; no attempt is spent. A time that is not in the future puts it first in the ready
    /// list.
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

    /// Gives a job up. It is kept until a person decides.
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

/// What became of an attempt's end.
public enum SettleAnswer: Sendable, Equatable {
    case settled
    /// The lease had been lost: another worker has the job, and nothing was changed.
    case claimLost
    /// The job was asked to be cancelled: it is neither retried nor put back; acknowledge it as cancelled.
    case cancelRequested
}

/// The end of one attempt for good.
public struct Completion: Sendable {
    /// The claim that is settled; its fence decides whether the end is accepted.
    public var job: LeasedJob
    /// `.succeeded`, `.cancelled` or `.expired`.
    public var stateCode: JobEnvelope.StateCode
    /// One JSON value, or empty.
    public var result: String
    /// Jobs to enqueue in the same step, in any queues; together at most `Broker.childLimit` for one acknowledgement.
    public var children: [NewJob]
    /// Set to wait for the children instead of being over.
    public var batch: BatchPlan?
    /// The final record, once it is made.
    private var frozen: [UInt8]?

    /// An attempt that succeeded, unless `stateCode` says otherwise. `batch` has an effect only with children and
    /// `.succeeded`.
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

    /// Whether the job goes on to wait for its children.
    var isWaiting: Bool { stateCode == .succeeded && batch != nil && !children.isEmpty }

    var counter: String {
        switch stateCode {
        case _ where isWaiting: "waiting"
        case .cancelled: "cancelled"
        case .expired: "expired"
        default: "succeeded"
        }
    }

    /// Makes the final record beforehand, for an end that was at this time. Nothing may be changed afterwards.
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

    /// The result as JSON in one line. What a handler gives that is no JSON is kept as a text: the job is done, and its
    /// record must stay readable.
    private var resultLine: String {
        guard JSONSyntax.problem(in: result.utf8, depthLimit: JobPayload.depthLimit) == nil else {
            return CompactJSON.quoted(result)
        }
        // Line breaks divide a record; in JSON they mean nothing outside of texts, where they never stand as such.
        guard result.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return result }
        return String(decoding: result.utf8.filter { $0 != 0x0D }.map { $0 == 0x0A ? 0x20 : $0 }, as: UTF8.self)
    }

    /// A child as it is enqueued: with its parent's name and an id that is the same in every run.
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
