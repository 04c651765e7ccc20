import Redis
import Testing

@testable import JobQueue

/// checkpoint.lua
@Suite struct CheckpointTests {
    let bench: ScriptBench
    private let told = record(options: #"{"checkpoint":"{\"step\":3}"}"#, payload: awkwardPayload)

    init() async throws { bench = try await ScriptBench() }

    private func checkpoint(_ id: String = "a", fence: Int = 3) async throws -> RedisValue {
        try await bench.run(Scripts.checkpoint, ["running", "jobs"], [.text(id), .integer(fence), .text(told)])
    }

    @Test(arguments: ["3 900", "3 900 cancel"])
    func `what a handler has stored is in the record of the job that it runs`(_ claim: String) async throws {
        try await bench.set(["running": .hash([awkwardID: claim]), "jobs": .hash([awkwardID: record(), "b": record()])])
        for _ in 0..<2 {
            #expect(try await checkpoint(awkwardID) == .integer(1))
            try await bench.expect([
                "running": .hash([awkwardID: claim]), "jobs": .hash([awkwardID: told, "b": record()]),
            ])
        }
    }

    @Test(arguments: [2, 4, 39])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await checkpoint(fence: fence) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `a missing job changes nothing`() async throws {
        #expect(try await checkpoint() == .integer(0))
        try await bench.expect([:])
    }
}
