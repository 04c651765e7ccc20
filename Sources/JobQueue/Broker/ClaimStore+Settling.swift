import Redis

/// Settles attempts. When the claim was lost, a script refuses and changes nothing.
extension ClaimStore {
    /// Finishes jobs that succeeded, were cancelled or expired, with their children, in one step.
    ///
    /// The jobs must be of one queue and one worker; 1 to 256; at most one of them waits for its children.
    /// - Returns: for each job whether it was settled; false when its claim had been lost.
    public func acknowledge(_ completions: [Completion]) async throws(JobQueueError) -> [Bool] {
        guard let first = completions.first?.job else { return [] }
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(first.queue)
        let waiting = completions.first { $0.isWaiting }
        guard completions.count(where: \.isWaiting) < 2 else {
            throw .outOfRange(what: "The number of jobs that go on to wait", value: "several", range: "at most one")
        }
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(runner.finishedLimit), .integer(completions.count)]
        arguments.reserveCapacity(6 + completions.count * 4)
        for completion in completions {
            arguments.append(.text(completion.job.id.description))
            arguments.append(.integer(Int(completion.job.fence)))
            arguments.append(.bytes(completion.record(now: now)))
            arguments.append(.text(completion.counter))
        }
        let batch = waiting?.output.batch
        arguments.append(.text(batch.map { "\(first.queue) \($0.onFailure.rawValue)" } ?? ""))
        let follow = batch?.followUp
        arguments.append(
            .text(
                try follow.map { job throws(JobQueueError) in
                    try FollowUp.text(job, after: waiting?.job.id ?? first.id)
                } ?? ""))
        let (children, queues) = try await childArguments(of: completions, now: now)
        arguments.append(contentsOf: children)
        let extended = completions.lazy.compactMap(\.writes).first?.by
        if extended != nil {
            for completion in completions {
                arguments.append(.integer(completion.writes?.words.count ?? 0))
                arguments += completion.writes?.words ?? []
            }
        }
        let reply = try await runner.run(
            extended?.script(Scripts.acknowledge) ?? Scripts.acknowledge,
            keys.block + [keys.running(first.worker), keys.batch((waiting?.job ?? first).id)]
                + queues.flatMap { runner.keyspace.of($0).block },
            arguments)
        let settled = try runner.decode { () throws(RedisError) in
            var settled: [Bool] = []
            for value in try reply.array(of: "acknowledge") { settled.append(try value.bool(of: "acknowledge")) }
            return settled
        }
        if completions.contains(where: { $0.isWaiting || $0.job.isChildOfBatch }) {
            await QueueMaintenance(runner).notifyParents(of: first.queue)
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
            for (number, child) in completion.output.children.enumerated() {
                if !queues.contains(child.queue) {
                    try await runner.register(child.queue)
                    queues.append(child.queue)
                }
                let (id, child) = try completion.prepared(child, number: number)
                try child.check(now: now)
                words.append(.integer(position + 1))
                words.append(.integer((queues.firstIndex(of: child.queue) ?? 0) + 1))
                words.append(.text(child.queue.description))
                words.append(.text(id.description))
                let freshFor = try await runner.demands(of: child.queue).freshForMilliseconds
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
    /// - Parameter writes: of an extension, in the same step.
    public func retry(
        _ job: LeasedJob, at due: Int64, because failure: JobFailure, writes: SettlementWrites? = nil
    ) async throws(JobQueueError) -> SettleAnswer {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(job.queue)
        var record = job.envelope
        record.attempts += 1
        record.outcome = Completion.outcome(of: failure)
        record.add(event(job, "failed", now, failure.message))
        return try await settle(
            writes?.by.script(Scripts.retry) ?? Scripts.retry, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .integer(Int(due)),
                .bytes(record.encoded()),
            ] + (writes?.words ?? []))
    }

    /// Postpones a job; no attempt is spent. A time that is not in the future puts it first in the ready list.
    /// - Parameter writes: of an extension, in the same step.
    public func postpone(
        _ job: LeasedJob, until due: Int64, because reason: String, writes: SettlementWrites? = nil
    ) async throws(JobQueueError) -> SettleAnswer {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(job.queue)
        var record = job.envelope
        record.add(event(job, "postponed", now, reason))
        return try await settle(
            writes?.by.script(Scripts.postpone) ?? Scripts.postpone, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .integer(Int(due)),
                .bytes(record.encoded()),
            ] + (writes?.words ?? []))
    }

    /// Makes a job dead. It is kept until an operator decides.
    /// - Parameter writes: of an extension, in the same step.
    public func deadLetter(
        _ job: LeasedJob, because failure: JobFailure, writes: SettlementWrites? = nil
    ) async throws(JobQueueError) -> SettleAnswer {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(job.queue)
        var record = job.envelope
        record.attempts += 1
        record.stateCode = .dead
        record.outcome = Completion.outcome(of: failure)
        record.startedMilliseconds = job.startedMilliseconds
        record.finishedMilliseconds = now
        record.worker = job.worker.description
        record.add(event(job, "dead", now, failure.message))
        let answer = try await settle(
            writes?.by.script(Scripts.deadLetter) ?? Scripts.deadLetter, keys.block + [keys.running(job.worker)],
            [.text(job.id.description), .integer(Int(job.fence)), .integer(Int(now)), .bytes(record.encoded())]
                + (writes?.words ?? []))
        if job.isChildOfBatch { await QueueMaintenance(runner).notifyParents(of: job.queue) }
        return answer
    }

    /// Parks a claimed job until a worker that can run it joins; no attempt is spent.
    public func park(_ job: LeasedJob, at gate: Gate, because reason: String) async throws(JobQueueError)
        -> SettleAnswer
    {
        let now = try await runner.clock.now()
        let keys = runner.keyspace.of(job.queue)
        var record = job.envelope
        record.add(event(job, "parked", now, reason))
        return try await settle(
            Scripts.park, keys.block + [keys.running(job.worker)],
            [
                .text(job.id.description), .integer(Int(job.fence)), .text(gate.description), .bytes(record.encoded()),
            ])
    }

    /// Stores a handler's progress for later attempts, while the claim holds.
    /// - Parameter value: one JSON value, up to 16 KiB.
    /// - Returns: the job with it in its record; nil when the claim was lost.
    public func checkpoint(_ job: LeasedJob, _ value: JobPayload) async throws(JobQueueError) -> LeasedJob? {
        guard value.bytes.count <= Self.checkpointLimitBytes else {
            throw .payloadTooLarge(bytes: value.bytes.count, limit: Self.checkpointLimitBytes)
        }
        let keys = runner.keyspace.of(job.queue)
        var envelope = job.envelope
        var options = JobOptions(text: envelope.options)
        options.checkpoint = String(decoding: value.bytes, as: UTF8.self)
        envelope.options = options.encoded()
        let reply = try await runner.run(
            Scripts.checkpoint, [keys.running(job.worker), keys.jobs],
            [.text(job.id.description), .integer(Int(job.fence)), .bytes(envelope.encoded())])
        guard try runner.decode({ () throws(RedisError) in try reply.bool(of: "checkpoint") }) else { return nil }
        return LeasedJob(
            id: job.id, queue: job.queue, worker: job.worker, fence: job.fence,
            startedMilliseconds: job.startedMilliseconds, envelope: envelope)
    }

    /// Bytes of a checkpoint's JSON at most: 16 KiB. `checkpoint` throws `payloadTooLarge` beyond it.
    public static let checkpointLimitBytes = 16_384

    func event(_ job: LeasedJob, _ name: String, _ now: Int64, _ detail: String) -> JobEvent {
        JobEvent(
            at: now, event: name, attempt: job.attempt, worker: job.worker.description,
            detail: String(detail.prefix(500)))
    }

    func settle(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]
    ) async throws(JobQueueError) -> SettleAnswer {
        let reply = try await runner.run(script, keys, arguments)
        return try runner.decode { () throws(RedisError) in
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
