import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport

/// Writes down how each job ended, before Redis forgets it: a queue remembers its last thousand finished jobs only.
actor FinishedJobs {
    struct Ending: Sendable {
        let mark: JobEnvelope.StateCode
        /// Unix milliseconds; 0 when unknown.
        let finishedAt: Int64
        /// By event, how often it happened: `crashed`, `failed`, `postponed`.
        let events: [String: Int]
        /// As it was stored, for those that did not simply succeed.
        let record: String
    }

    private let redis: RedisClient
    private let queues: [QueueName]
    private var heads: [QueueName: String] = [:]
    private var isStopped = false
    private(set) var endings: [String: Ending] = [:]
    /// Ids that were put among the finished jobs a second time.
    private(set) var twice: [String] = []
    /// How often more jobs had finished between two looks than Redis remembers.
    private(set) var overruns = 0
    /// Looks of more than a second, with their beginning: Redis was away, busy, or waited for the disk.
    private(set) var slowLooks: [(at: Int64, milliseconds: Int64)] = []

    init(redis: RedisClient, queues: [QueueName]) {
        self.redis = redis
        self.queues = queues
    }

    /// Finished jobs of the load itself: neither children nor ticks.
    private(set) var count = 0

    /// When jobs finished, in order.
    var times: [Int64] { endings.values.map(\.finishedAt).filter { $0 > 0 }.sorted() }

    func stop() { isStopped = true }

    /// Looks again and again until it is stopped; a Redis that is away is asked later.
    func watch() async {
        var pace = Pace(every: .milliseconds(300), on: ContinuousClock())
        while !isStopped {
            let before = wallMilliseconds()
            try? await look()
            let took = wallMilliseconds() - before
            if took > 1_000 { slowLooks.append((before, took)) }
            guard await pace.beat() else { return }
        }
    }

    func look() async throws {
        for queue in queues { try await look(at: queue) }
    }

    private func look(at queue: QueueName) async throws {
        let keys = QueueKeys().of(queue)
        let ids = try await redis.list(keys.done)
        let known = heads[queue].flatMap { ids.firstIndex(of: $0) }
        if heads[queue] != nil, known == nil { overruns += 1 }
        // What stands before the newest one of the last look has come since.
        let new = ids.prefix(known ?? ids.count)
        // After an overrun nothing tells new ones from those seen before.
        if known != nil { twice += new.filter { endings[$0] != nil } }
        twice += Dictionary(grouping: new) { $0 }.filter { $1.count > 1 }.keys
        try await read(new.filter { endings[$0] == nil }, keys)
        if let head = ids.first { heads[queue] = head }
    }

    /// Reads the dead as well, which are kept: at the end once.
    func lookAtDead() async throws {
        for queue in queues {
            let keys = QueueKeys().of(queue)
            let ids = try await redis.send(["ZRANGE", .text(keys.dead), 0, -1]).strings(of: "ZRANGE")
            twice += ids.filter { endings[$0] != nil }
            try await read(ids, keys)
        }
    }

    private func read(_ ids: [String], _ keys: KeysOfQueue) async throws {
        guard !ids.isEmpty else { return }
        let reply = try await redis.send(RedisCommand(["HMGET", .text(keys.jobs)] + ids.map { .text($0) }))
        for (id, value) in zip(ids, try reply.array(of: "HMGET")) {
            guard let bytes = try value.optionalBytes(of: "HMGET") else { continue }
            let envelope = try JobEnvelope(record: bytes, id: id)
            let isPlain = envelope.stateCode == .succeeded && envelope.events.isEmpty
            endings[id] = Ending(
                mark: envelope.stateCode, finishedAt: envelope.finishedMilliseconds ?? 0,
                events: try counts(of: envelope),
                record: isPlain ? "succeeded" : String(decoding: bytes, as: UTF8.self))
            if !id.contains(":"), !id.contains("@") { count += 1 }
        }
    }

    private func counts(of envelope: JobEnvelope) throws -> [String: Int] {
        guard !envelope.events.isEmpty else { return [:] }
        let text = Foundation.Data("[\(envelope.events)]".utf8)
        let events = try JSONDecoder().decode([JobEvent].self, from: text)
        return Dictionary(grouping: events, by: \.event).mapValues(\.count)
    }
}

extension RedisClient {
    /// How often each value stands in a list, read in pages.
    func valueCounts(_ key: String) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let page = 10_000
        for start in stride(from: 0, through: try await send(["LLEN", .text(key)]).int(of: "LLEN"), by: page) {
            let reply = try await send(["LRANGE", .text(key), .integer(start), .integer(start + page - 1)])
            for value in try reply.strings(of: "LRANGE") { counts[value, default: 0] += 1 }
        }
        return counts
    }
}
