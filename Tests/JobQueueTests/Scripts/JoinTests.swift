import Redis
import Testing

@testable import JobQueue

/// join.lua
@Suite struct JoinTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func join(_ worker: RedisWord, until: Int) async throws -> RedisValue {
        try await bench.run(Scripts.join, ["leases"], [worker, .integer(until)])
    }

    @Test func `a worker gets its lease beside the others`() async throws {
        try await bench.set(["leases": .scores(["w1": 5_000])])
        #expect(try await join("w2", until: 9_000) == .integer(1))
        try await bench.expect(["leases": .scores(["w1": 5_000, "w2": 9_000])])
    }

    @Test func `a name is used once even when its lease has ended`() async throws {
        try await bench.set(["leases": .scores(["w1": 5_000])])
        #expect(try await join("w1", until: 9_000) == .integer(0))
        try await bench.expect(["leases": .scores(["w1": 5_000])])
    }
}
