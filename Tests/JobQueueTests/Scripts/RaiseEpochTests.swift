import Redis
import Testing

@testable import JobQueue

/// raise_epoch.lua
@Suite struct RaiseEpochTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func raise(_ epoch: Int) async throws -> RedisValue {
        try await bench.run(Scripts.raiseEpoch, ["meta"], [.integer(epoch)])
    }

    @Test func `a queue learns of a new leadership, also a second time`() async throws {
        for _ in 0..<2 {
            #expect(try await raise(1) == .integer(1))
            try await bench.expect(["meta": .hash(["epoch": "1"])])
        }
    }

    @Test func `a later leadership replaces an earlier one and stays`() async throws {
        try await bench.set(["meta": .hash(["epoch": "9", "fence": "3"])])
        #expect(try await raise(10) == .integer(10))
        #expect(try await raise(9) == .integer(10))
        try await bench.expect(["meta": .hash(["epoch": "10", "fence": "3"])])
    }
}
