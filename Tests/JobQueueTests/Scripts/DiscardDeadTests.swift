import Redis
import Testing

@testable import JobQueue

/// discard_dead.lua
@Suite struct DiscardDeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func discard(_ ids: [String]) async throws -> RedisValue {
        try await bench.run(Scripts.discardDead, ScriptBench.block, ids.map { .text($0) })
    }

    @Test func `only dead jobs are removed`() async throws {
        try await bench.set([
            "dead": .scores(["a": 5, awkwardID: 6, "c": 7]),
            "jobs": .hash(["a": record("D"), awkwardID: record("D"), "c": record("D"), "r": record()]),
        ])
        #expect(try await discard(["a", awkwardID, "r", "ghost"]) == integers(1, 1, 0, 0))
        let expected: [String: Held] = [
            "dead": .scores(["c": 7]), "jobs": .hash(["c": record("D"), "r": record()]),
            "meta": .hash(["discarded": "2"]),
        ]
        try await bench.expect(expected)
        #expect(try await discard(["a", awkwardID]) == integers(0, 0))
        try await bench.expect(expected)
    }

    @Test func `a queue without dead jobs is left alone`() async throws {
        #expect(try await discard(["a"]) == integers(0))
        try await bench.expect([:])
    }

    @Test func `a unique key that was to be kept for longer goes with its job`() async throws {
        let held = record("D", options: #"{"unique":"k","unique_until_ms":9000}"#)
        try await bench.set([
            "dead": .scores(["a": 5]), "jobs": .hash(["a": held]),
            "links": .hash(["u:k": "9000 a", "u:other": "9000 b"]),
            "expiring": .scores(["u:k": 9_000, "u:other": 9_000]),
        ])
        #expect(try await discard(["a"]) == integers(1))
        try await bench.expect([
            "links": .hash(["u:other": "9000 b"]), "expiring": .scores(["u:other": 9_000]),
            "meta": .hash(["discarded": "1"]),
        ])
    }

    @Test func `256 jobs go at once`() async throws {
        let ids = (0..<256).map { "job-\($0)" }
        try await bench.set([
            "dead": .scores(Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record("D")) })),
        ])
        #expect(try await discard(ids) == .array(ids.map { _ in .integer(1) }))
        try await bench.expect(["meta": .hash(["discarded": "256"])])
    }
}
