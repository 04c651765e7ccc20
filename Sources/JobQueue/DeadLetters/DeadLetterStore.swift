import Redis

/// Dead jobs: they are kept until an operator retries, replaces or discards them, or the retention removes them.
public struct DeadLetterStore: Sendable {
    let runner: ScriptRunner

    init(_ runner: ScriptRunner) { self.runner = runner }

    /// Up to 500 dead jobs of a queue, oldest first, from a place in their order on, without those that this version
    /// cannot read.
    /// - Parameter place: where the page before ended; nil for the first.
    /// - Returns: the jobs, and where the next page begins; nil after the last.
    public func deadJobs(
        in queue: QueueName, after place: DeadPlace?
    ) async throws(JobQueueError) -> (jobs: [StoredJob], next: DeadPlace?) {
        let reply = try await runner.send([
            "ZRANGEBYSCORE", .text(runner.keyspace.of(queue).dead), .text(place.map { "\($0.milliseconds)" } ?? "-inf"),
            "+inf",
            "WITHSCORES", "LIMIT", .integer(place?.seen ?? 0), .integer(Self.deadPage),
        ])
        let ids = try runner.decode { () throws(RedisError) in
            var ids: [DeadID] = []
            for (id, score) in try reply.pairs(of: "ZRANGEBYSCORE") {
                ids.append(
                    DeadID(id: JobID(unchecked: id), diedMilliseconds: try score.wholeNumber(of: "ZRANGEBYSCORE")))
            }
            return ids
        }
        guard let last = ids.last else { return ([], nil) }
        let records = try await envelopes(of: ids.map(\.id), in: queue)
        let jobs = ids.compactMap { dead in
            records[dead.id].map { envelope in
                StoredJob(
                    id: dead.id, queue: queue, state: .dead, envelope: envelope, dueMilliseconds: nil,
                    worker: envelope.worker, startedMilliseconds: envelope.startedMilliseconds, heldBy: nil)
            }
        }
        // Jobs with the same time of death differ only by their position.
        let same = ids.count { $0.diedMilliseconds == last.diedMilliseconds }
        let before = place?.milliseconds == last.diedMilliseconds ? place?.seen ?? 0 : 0
        return (jobs, DeadPlace(milliseconds: last.diedMilliseconds, seen: before + same))
    }

    private static let deadPage = 500

    /// Makes dead jobs ready again, with all their attempts.
    /// - Returns: the result for each.
    public func requeue(_ jobs: [StoredJob], in queue: QueueName) async throws(JobQueueError) -> [RequeueAnswer] {
        let now = try await runner.clock.now()
        var answers: [RequeueAnswer] = []
        for start in stride(from: 0, to: jobs.count, by: 256) {
            let batch = jobs[start..<min(start + 256, jobs.count)]
            var arguments: [RedisWord] = [.integer(batch.count)]
            for job in batch {
                arguments.append(.text(job.id.description))
                arguments.append(.bytes(job.envelope.requeued(at: now).encoded()))
            }
            let reply = try await runner.run(Scripts.requeueDead, runner.keyspace.of(queue).block, arguments)
            answers += try runner.decode { () throws(RedisError) in
                var some: [RequeueAnswer] = []
                for value in try reply.array(of: "requeue_dead") {
                    if case .integer(let number) = value {
                        some.append(number == 1 ? .ready : .notDead)
                    } else {
                        some.append(.keyHeld(by: JobID(unchecked: try value.string(of: "requeue_dead"))))
                    }
                }
                return some
            }
        }
        return answers
    }

    /// The same, for callers that want the number.
    public func requeueDead(_ jobs: [StoredJob], in queue: QueueName) async throws(JobQueueError) -> Int {
        try await requeue(jobs, in: queue).count { $0 == .ready }
    }

    /// Removes dead jobs for good. They hold no locks afterwards.
    /// - Returns: for each whether it was dead and is removed.
    public func discard(_ ids: [JobID], in queue: QueueName) async throws(JobQueueError) -> [Bool] {
        var answers: [Bool] = []
        for start in stride(from: 0, to: ids.count, by: 256) {
            let batch = ids[start..<min(start + 256, ids.count)]
            let reply = try await runner.run(
                Scripts.discardDead, runner.keyspace.of(queue).block, batch.map { .text($0.description) })
            answers += try runner.decode { () throws(RedisError) in
                var some: [Bool] = []
                for value in try reply.array(of: "discard_dead") { some.append(try value.bool(of: "discard_dead")) }
                return some
            }
        }
        return answers
    }

    /// The same, for callers that want the number.
    public func discardDead(_ ids: [JobID], in queue: QueueName) async throws(JobQueueError) -> Int {
        try await discard(ids, in: queue).count { $0 }
    }
}

/// Where a page of dead jobs ended.
public struct DeadPlace: Sendable {
    /// The last time of death on it, unix ms.
    let milliseconds: Int64
    /// Jobs of that moment on it and before.
    let seen: Int
}

/// The result of the retry of one dead job.
public enum RequeueAnswer: Sendable, Equatable {
    case ready
    /// It is not dead any more.
    case notDead
    /// An unfinished job holds its unique key.
    case keyHeld(by: JobID)
}

extension JobEnvelope {
    /// The record of a dead job that is ready again.
    fileprivate func requeued(at now: Int64) -> JobEnvelope {
        var record = self
        record.stateCode = .live
        record.add(JobEvent(at: now, event: "requeued", detail: "after \(record.attempts) attempts"))
        record.attempts = 0
        record.crashes = 0
        record.losses = 0
        record.missing = []
        record.outcome = ""
        record.startedMilliseconds = nil
        record.finishedMilliseconds = nil
        record.worker = nil
        return record
    }
}
