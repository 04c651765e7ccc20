import Redis
import Testing

@testable import JobQueue

/// discard_dead.lua
@Suite struct DiscardDeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func discard(_ ids: [String]) async throws -> RedisValue {
        try await bench.run(Scripts.discardDead, ["dead", "jobs", "meta"], ids.map { .text($0) })
    }

    @Test func `only dead jobs are removed`() async throws {
        try await bench.set([
            "dead": .scores(["a": 5, awkwardID: 6, "c": 7]),
            "jobs": .hash(["a": record("D"), awkwardID: record("D"), "c": record("D"), "r": record()]),
        ])
        #expect(try await discard(["a", awkwardID, "r", "ghost"]) == .integer(2))
        let expected: [String: Held] = [
            "dead": .scores(["c": 7]), "jobs": .hash(["c": record("D"), "r": record()]),
            "meta": .hash(["discarded": "2"]),
        ]
        try await bench.expect(expected)
        #expect(try await discard(["a", awkwardID]) == .integer(0))
        try await bench.expect(expected)
    }

    @Test func `a queue without dead jobs is left alone`() async throws {
        #expect(try await discard(["a"]) == .integer(0))
        try await bench.expect([:])
    }

    @Test func `256 jobs go at once`() async throws {
        let ids = (0..<256).map { "job-\($0)" }
        try await bench.set([
            "dead": .scores(Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record("D")) })),
        ])
        #expect(try await discard(ids) == .integer(256))
        try await bench.expect(["meta": .hash(["discarded": "256"])])
    }
}
