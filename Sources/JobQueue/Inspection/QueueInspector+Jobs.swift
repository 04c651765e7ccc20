import Redis

/// Single jobs and lists of them.
extension QueueInspector {
    /// One job, searched in every queue; nil when no queue has its record.
    public func job(_ id: JobID) async throws(JobQueueError) -> StoredJob? {
        let queues = try await queues()
        let replies = try await runner.pipeline(
            queues.map { ["HGET", .text(runner.keyspace.of($0).jobs), .text(id.description)] })
        for (queue, reply) in zip(queues, replies) {
            guard let bytes = try runner.decode({ () throws(RedisError) in try reply.optionalBytes(of: "HGET") }) else {
                continue
            }
            return try await locate(id, in: queue, record: bytes)
        }
        return nil
    }

    private func locate(_ id: JobID, in queue: QueueName, record: [UInt8]) async throws(JobQueueError) -> StoredJob {
        let envelope = try JobEnvelope(record: record, id: id.description)
        if let state = envelope.stateCode.finalState { return stored(id, queue, state, envelope) }
        let keys = runner.keyspace.of(queue)
        let replies = try await runner.pipeline([
            ["ZSCORE", .text(keys.scheduled), .text(id.description)],
            ["ZSCORE", .text(keys.retrying), .text(id.description)],
            ["HGET", .text(keys.locks), .text("a:\(id)")],
        ])
        let aside = try runner.decode { () throws(RedisError) in try replies[2].optionalString(of: "HGET") }
        if let aside { return stored(id, queue, Self.state(aside: aside), envelope, reason: Self.reason(aside)) }
        for (state, reply) in zip([JobState.scheduled, .retrying], replies) where !reply.isNull {
            let due = try runner.decode { () throws(RedisError) in try reply.wholeNumber(of: "ZSCORE") }
            return stored(id, queue, state, envelope, due: due)
        }
        for worker in try await ClaimStore(runner).leaseHolders(of: queue) {
            let reply = try await runner.send(["HGET", .text(keys.running(worker)), .text(id.description)])
            guard let claim = try runner.decode({ () throws(RedisError) in try reply.optionalString(of: "HGET") })
            else { continue }
            return stored(id, queue, .running, envelope, worker: worker, claim: claim)
        }
        return stored(id, queue, .ready, envelope)
    }

    /// Jobs of one queue in one state, newest first where the state has an order; at most `limit`.
    public func jobs(in queue: QueueName, state: JobState, limit: Int) async throws(JobQueueError) -> [StoredJob] {
        let keys = runner.keyspace.of(queue)
        switch state {
        case .ready: return try await ready(in: queue, keys, limit)
        case .running: return try await running(in: queue, keys, limit)
        case .scheduled: return try await timed(in: queue, keys.scheduled, state, newestFirst: false, limit)
        case .retrying: return try await timed(in: queue, keys.retrying, state, newestFirst: false, limit)
        case .dead: return try await timed(in: queue, keys.dead, state, newestFirst: true, limit)
        case .succeeded, .cancelled, .expired: return try await finished(in: queue, keys, state, limit)
        case .waiting: return try await aside(in: queue, "batch ", "batch!", limit)
        case .parked:
            let capped = try await aside(in: queue, "cap=", "cap>", limit)
            guard capped.count < limit else { return capped }
            let fused = try await aside(in: queue, "fuse=", "fuse>", limit - capped.count)
            guard capped.count + fused.count < limit else { return capped + fused }
            return capped + fused
                + (try await aside(in: queue, "kind=", "kind>", limit - capped.count - fused.count))
        }
    }

    /// Parked jobs whose reason lies between two texts, by reason and then in the order in which they were parked.
    private func aside(
        in queue: QueueName, _ from: String, _ to: String, _ limit: Int
    ) async throws(JobQueueError) -> [StoredJob] {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.send(
            ["ZRANGEBYLEX", .text(keys.parked), .text("[\(from)"), .text("(\(to)"), "LIMIT", 0, .integer(limit)])
        let members = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYLEX") }
        let ids = members.map { String($0.split(separator: " ").last ?? "") }
        let byID = Dictionary(zip(ids, members), uniquingKeysWith: { $1 })
        return try await records(of: ids, keys).map { id, envelope in
            let member = byID[id.description] ?? ""
            return stored(id, queue, Self.state(aside: member), envelope, reason: Self.reason(member))
        }
    }

    private static func state(aside member: String) -> JobState {
        ParkReason(reason(member))?.state ?? .ready
    }

    private static func reason(_ member: String) -> String { String(member.prefix { $0 != " " }) }

    private func ready(in queue: QueueName, _ keys: KeysOfQueue, _ limit: Int) async throws(JobQueueError)
        -> [StoredJob]
    {
        let replies = try await runner.pipeline([
            ["ZRANGEBYSCORE", .text(keys.ranked), "-inf", "(0", "LIMIT", 0, .integer(limit)],
            ["LRANGE", .text(keys.ready), 0, .integer(limit - 1)],
            ["ZRANGEBYSCORE", .text(keys.ranked), "(0", "+inf", "LIMIT", 0, .integer(limit)],
        ])
        let ids = try runner.decode { () throws(RedisError) in
            var ids: [String] = []
            for reply in replies { ids += try reply.strings(of: "LRANGE") }
            return ids
        }
        let inLine = try await records(of: Array(ids.prefix(limit)), keys).compactMap { id, envelope in
            envelope.stateCode == .live ? stored(id, queue, .ready, envelope) : nil
        }
        guard inLine.count < limit else { return inLine }
        return inLine + (try await aside(in: queue, "crash", "crasi", limit - inLine.count))
    }

    private func running(in queue: QueueName, _ keys: KeysOfQueue, _ limit: Int) async throws(JobQueueError)
        -> [StoredJob]
    {
        var jobs: [StoredJob] = []
        for worker in try await ClaimStore(runner).leaseHolders(of: queue) where jobs.count < limit {
            let reply = try await runner.send(["HGETALL", .text(keys.running(worker))])
            let claims = try runner.decode { () throws(RedisError) in
                var claims: [String: String] = [:]
                for (id, claim) in try reply.pairs(of: "HGETALL") { claims[id] = try claim.string(of: "HGETALL") }
                return claims
            }
            for (id, envelope) in try await records(of: Array(claims.keys.sorted().prefix(limit - jobs.count)), keys) {
                jobs.append(stored(id, queue, .running, envelope, worker: worker, claim: claims[id.description]))
            }
        }
        return jobs
    }

    private func timed(
        in queue: QueueName, _ key: String, _ state: JobState, newestFirst: Bool, _ limit: Int
    ) async throws(JobQueueError) -> [StoredJob] {
        let reply = try await runner.send(
            [newestFirst ? "ZREVRANGE" : "ZRANGE", .text(key), 0, .integer(limit - 1), "WITHSCORES"])
        let scores = try runner.decode { () throws(RedisError) in
            var scores: [(id: String, at: Int64)] = []
            for (id, score) in try reply.pairs(of: "ZRANGE") {
                scores.append((id, try score.wholeNumber(of: "ZRANGE")))
            }
            return scores
        }
        let times = Dictionary(scores.map { ($0.id, $0.at) }, uniquingKeysWith: { $1 })
        return try await records(of: scores.map(\.id), runner.keyspace.of(queue)).map { id, envelope in
            stored(id, queue, state, envelope, due: state == .dead ? nil : times[id.description])
        }
    }

    private func finished(
        in queue: QueueName, _ keys: KeysOfQueue, _ state: JobState, _ limit: Int
    ) async throws(JobQueueError) -> [StoredJob] {
        let reply = try await runner.send(["LRANGE", .text(keys.done), 0, .integer(runner.finishedLimit - 1)])
        let ids = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
        let jobs = try await records(of: ids, keys).compactMap { id, envelope in
            envelope.stateCode.finalState == state ? stored(id, queue, state, envelope) : nil
        }
        return Array(jobs.prefix(limit))
    }

    /// The records of ids, without those that are gone or cannot be read, in batches of 500.
    func records(of ids: [String], _ keys: KeysOfQueue) async throws(JobQueueError) -> [(JobID, JobEnvelope)] {
        var found: [(JobID, JobEnvelope)] = []
        for start in stride(from: 0, to: ids.count, by: Broker.batchLimit) {
            let batch = ids[start..<min(start + Broker.batchLimit, ids.count)]
            let reply = try await runner.send(RedisCommand(["HMGET", .text(keys.jobs)] + batch.map { .text($0) }))
            let values = try runner.decode { () throws(RedisError) in try reply.array(of: "HMGET") }
            for (id, value) in zip(batch, values) {
                guard let bytes = try runner.decode({ () throws(RedisError) in try value.optionalBytes(of: "HMGET") }),
                    let envelope = try? JobEnvelope(record: bytes, id: id)
                else { continue }
                found.append((JobID(unchecked: id), envelope))
            }
        }
        return found
    }

    private func stored(
        _ id: JobID, _ queue: QueueName, _ state: JobState, _ envelope: JobEnvelope, due: Int64? = nil,
        worker: WorkerID? = nil, claim: String? = nil, reason: String? = nil
    ) -> StoredJob {
        let started = claim?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        return StoredJob(
            id: id, queue: queue, state: state, envelope: envelope, dueMilliseconds: due,
            worker: worker?.description ?? envelope.worker,
            startedMilliseconds: started ?? envelope.startedMilliseconds, heldBy: reason)
    }
}

extension JobEnvelope.StateCode {
    /// The state of a finished job; nil for an unfinished one.
    public var finalState: JobState? {
        switch self {
        case .live, .waiting: nil
        case .succeeded: .succeeded
        case .cancelled, .cancelledInReady, .deletedInReady: .cancelled
        case .expired: .expired
        case .dead: .dead
        }
    }
}
