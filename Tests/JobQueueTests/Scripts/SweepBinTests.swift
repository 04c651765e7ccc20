import Redis
import Testing

@testable import JobQueue

/// sweep_bin.lua
@Suite struct SweepBinTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func sweep(_ first: String, _ limit: Int = 256) async throws -> RedisValue {
        try await bench.run(Scripts.sweepBin, ["bin", "binned"], [.text(first), .integer(limit)])
    }

    @Test func `what is older goes, and the bytes are counted down`() async throws {
        let members = ["op-a1 00001 x", "op-a1.2 00001 y", "op-b1 00001 \(awkwardID)"]
        try await bench.set([
            "bin": .scores(Dictionary(uniqueKeysWithValues: members.map { ($0, 0) })),
            "binned": .hash([members[0]: "12345", members[1]: "123", members[2]: "1", "#bytes": "9"]),
        ])
        #expect(try await sweep("op-b", 1) == .integer(1))
        #expect(try await sweep("op-b") == .integer(1))
        #expect(try await sweep("op-b") == .integer(0))
        try await bench.expect(["bin": .scores([members[2]: 0]), "binned": .hash([members[2]: "1", "#bytes": "1"])])
        #expect(try await sweep("op-c") == .integer(1))
        try await bench.expect([:])
        #expect(try await sweep("op-c") == .integer(0))
        try await bench.expect([:])
    }
}
