import Redis

@testable import JobQueue

/// Reads a queue's keys as the values of the model. A record that has not changed is not parsed again.
struct RecordReadings {
    private var known: [String: (bytes: [UInt8], job: QueueModel.Job)] = [:]

    /// All keys at one moment, with nobody else at work.
    mutating func read(_ name: QueueName, from redis: RedisClient) async throws -> QueueModel.Queue {
        let keys = QueueKeys().of(name)
        let replies = try await redis.pipeline([
            ["HGETALL", .text(keys.jobs)], ["LRANGE", .text(keys.ready), 0, -1], ["LRANGE", .text(keys.done), 0, -1],
            ["LLEN", .text(keys.wake)], ["HGETALL", .text(keys.meta)],
            ["KEYS", .text(keys.running(WorkerID(unchecked: "*")))],
            Self.scores(keys.ranked), Self.scores(keys.scheduled), Self.scores(keys.retrying), Self.scores(keys.dead),
            Self.scores(keys.leases), Self.scores(keys.ticks), Self.scores(keys.parked), Self.scores(keys.expiring),
            ["HGETALL", .text(keys.locks)], ["LRANGE", .text(keys.completions), 0, -1],
            ["KEYS", .text(keys.batch(JobID(unchecked: "*")))], ["HGETALL", .text(keys.entries)],
            Self.scores(keys.vanished),
        ])
        var queue = QueueModel.Queue()
        for (id, record) in try replies[0].pairs() { queue.jobs[id] = try job(id, in: name, try record.bytes()) }
        queue.ready = try replies[1].strings()
        queue.done = try replies[2].strings()
        queue.wake = try replies[3].int()
        for (field, value) in try replies[4].pairs() { queue.meta[field] = try value.string() }
        let places: [WritableKeyPath<QueueModel.Queue, [String: Int64]>] = [
            \.ranked, \.scheduled, \.retrying, \.dead, \.leases, \.ticks, \.aside, \.expiring,
        ]
        for (place, reply) in zip(places, replies.dropFirst(6)) {
            for (id, score) in try reply.pairs() { queue[keyPath: place][id] = Int64(try score.double()) }
        }
        for (field, value) in try replies[14].pairs() { queue.links[field] = try value.string() }
        queue.notices = try replies[15].strings()
        for (field, value) in try replies[17].pairs() { queue.entries[field] = try value.string() }
        for (id, score) in try replies[18].pairs() { queue.vanished[id] = Int64(try score.double()) }
        for key in try replies[16].strings() {
            var batch: [String: String] = [:]
            for (field, value) in try await redis.send(["HGETALL", .text(key)]).pairs() {
                batch[field] = try value.string()
            }
            queue.batches[String(key.dropFirst(keys.batch(JobID(unchecked: "")).count))] = batch
        }
        for key in try replies[5].strings() {
            let worker = String(key.dropFirst(keys.running(WorkerID(unchecked: "")).count))
            queue.running[worker] = try await Self.claims(key, redis)
        }
        return queue
    }

    private static func scores(_ key: String) -> RedisCommand { ["ZRANGE", .text(key), 0, -1, "WITHSCORES"] }

    private static func claims(_ key: String, _ redis: RedisClient) async throws -> [QueueModel.Claimed] {
        try await redis.send(["HGETALL", .text(key)]).pairs().map { id, value in
            let claim = try value.string()
            let words = claim.split(separator: " ")
            return QueueModel.Claimed(
                id: id, fence: Int(words[0]) ?? -1, started: Int64(words[1]) ?? -1,
                isToBeCancelled: claim.hasSuffix(" cancel"))
        }
    }

    private mutating func job(_ id: String, in queue: QueueName, _ bytes: [UInt8]) throws -> QueueModel.Job {
        let name = "\(queue) \(id)"
        if let known = known[name], known.bytes == bytes { return known.job }
        let envelope = try JobEnvelope(record: bytes, id: id)
        let events = JobEvent.list(envelope.events)
        guard events.isEmpty == envelope.events.isEmpty else {
            throw JobQueueError.unreadableRecord(id: id, why: "its events are '\(envelope.events)'.")
        }
        let job = QueueModel.Job(
            stateCode: envelope.stateCode, priority: envelope.priority, attempts: envelope.attempts,
            crashes: envelope.crashes,
            losses: envelope.losses, missing: envelope.missing, enqueued: envelope.enqueuedMilliseconds,
            started: envelope.startedMilliseconds,
            finished: envelope.finishedMilliseconds, worker: envelope.worker, events: events,
            outcome: envelope.outcome, options: JobOptions(text: envelope.options),
            payload: String(decoding: envelope.payload, as: UTF8.self))
        known[name] = (bytes, job)
        return job
    }
}
