import Redis
import Testing

@testable import JobQueue

/// promote_due.lua
@Suite struct PromoteDueTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func promote(now: Int = 1_000, limit: Int = 256) async throws -> RedisValue {
        try await bench.run(
            Scripts.promoteDue, ScriptBench.block,
            [.integer(now), .integer(limit)])
    }

    @Test func `nothing due changes nothing`() async throws {
        #expect(try await promote() == .integer(0))
        let before: [String: Held] = [
            "scheduled": .scores(["a": 1_001]), "retrying": .scores(["b": 5_000]),
            "jobs": .hash(["a": record(), "b": record()]),
        ]
        try await bench.set(before)
        #expect(try await promote() == .integer(0))
        try await bench.expect(before)
    }

    @Test func `due jobs line up by their time and priority behind those that are ready`() async throws {
        let jobs: [String: String] = [
            "a": record(), "b": record(attempts: 1), "h": record(priority: 12), "l": record(priority: -1),
            "z": record(),
            "later": record(),
        ]
        try await bench.set([
            "scheduled": .scores(["a": 700, "z": 600, "h": 1_000, "later": 1_001]),
            "retrying": .scores(["b": 500, "l": 1]),
            "jobs": .hash(jobs), "ready": .list(["first"]),
        ])
        #expect(try await promote() == .integer(5))
        try await bench.expect([
            "scheduled": .scores(["later": 1_001]), "jobs": .hash(jobs), "ready": .list(["first", "z", "a", "b"]),
            "ranked": .scores(["h": -12, "l": 1]), "wake": .list(["1", "1", "1", "1", "1"]),
        ])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
        #expect(try await promote() == .integer(0))
    }

    @Test func `the limit holds for each place and the rest follows`() async throws {
        try await bench.set([
            "scheduled": .scores(["a": 1, "b": 2]), "retrying": .scores(["c": 1, "d": 2]),
            "jobs": .hash(["a": record(), "b": record(), "c": record(), "d": record()]),
        ])
        #expect(try await promote(limit: 1) == .integer(2))
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == ["a", "c"])
        #expect(try await promote(limit: 1) == .integer(2))
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == ["a", "c", "b", "d"])
        #expect(try await promote(limit: 1) == .integer(0))
    }

    @Test func `an id without a record is dropped`() async throws {
        try await bench.set(["scheduled": .scores(["ghost": 1])])
        #expect(try await promote() == .integer(0))
        try await bench.expect([:])
    }

    @Test func `an awkward id and payload keep their priority`() async throws {
        let text = record(priority: -100, payload: awkwardPayload)
        try await bench.set(["retrying": .scores([awkwardID: 1]), "jobs": .hash([awkwardID: text])])
        #expect(try await promote() == .integer(1))
        try await bench.expect([
            "ranked": .scores([awkwardID: 100]), "jobs": .hash([awkwardID: text]), "wake": .list(["1"]),
        ])
    }

    @Test func `a batch of 512 calls 64 times at the most`() async throws {
        let ids = (0..<256).map { "job-\($0)" }
        let again = (0..<256).map { "again-\($0)" }
        try await bench.set([
            "scheduled": .scores(Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) })),
            "retrying": .scores(Dictionary(uniqueKeysWithValues: again.map { ($0, 1) })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: (ids + again).map { ($0, record()) })),
            "wake": .list(["1", "1"]),
        ])
        #expect(try await promote() == .integer(512))
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
        #expect(try await bench.redis.send(["LLEN", "ready"]).int() == 512)
    }
}
