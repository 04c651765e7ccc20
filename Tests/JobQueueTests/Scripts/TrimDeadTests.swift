import Redis
import Testing

@testable import JobQueue

/// trim_dead.lua
@Suite struct TrimDeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func trim(_ deaths: [(String, Int)]) async throws -> RedisValue {
        try await bench.run(
            Scripts.trimDead, ScriptBench.block,
            [.integer(deaths.count)] + deaths.flatMap { [.text($0.0), .integer($0.1)] })
    }

    @Test func `only the deaths that were exported are removed`() async throws {
        let time = 1_790_000_000_123
        try await bench.set([
            "dead": .scores(["a": Int64(time), awkwardID: 6, "again": 9, "kept": 7]),
            "jobs": .hash([
                "a": record("D"), awkwardID: record("D"), "again": record("D"), "kept": record("D"), "r": record(),
            ]),
        ])
        #expect(try await trim([("a", time), (awkwardID, 6), ("again", 8), ("r", 5), ("ghost", 5)]) == .integer(2))
        let expected: [String: Held] = [
            "dead": .scores(["again": 9, "kept": 7]),
            "jobs": .hash(["again": record("D"), "kept": record("D"), "r": record()]),
            "meta": .hash(["discarded": "2"]),
        ]
        try await bench.expect(expected)
        #expect(try await trim([("a", time), (awkwardID, 6)]) == .integer(0))
        try await bench.expect(expected)
    }

    @Test func `a queue without dead jobs is left alone`() async throws {
        #expect(try await trim([("a", 1)]) == .integer(0))
        try await bench.expect([:])
    }

    @Test func `a unique key that was to be kept for longer goes with its job`() async throws {
        try await bench.set([
            "dead": .scores(["a": 5]), "links": .hash(["u:k": "9000 a"]), "expiring": .scores(["u:k": 9_000]),
            "jobs": .hash(["a": record("D", options: #"{"unique":"k","unique_until_ms":9000}"#)]),
        ])
        #expect(try await trim([("a", 5)]) == .integer(1))
        try await bench.expect(["meta": .hash(["discarded": "1"])])
    }

    @Test func `256 jobs go at once`() async throws {
        let ids = (0..<256).map { "job-\($0)" }
        try await bench.set([
            "dead": .scores(Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record("D")) })),
        ])
        #expect(try await trim(ids.map { ($0, 1) }) == .integer(256))
        try await bench.expect(["meta": .hash(["discarded": "256"])])
    }
}
