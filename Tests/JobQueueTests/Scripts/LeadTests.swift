import Redis
import TestSupport
import Testing

@testable import JobQueue

/// lead.lua
@Suite struct LeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func lead(_ holder: RedisWord, lease: Int = 5_000) async throws -> Int {
        try await bench.run(Scripts.lead, ["leader", "epochs"], [holder, .integer(lease)]).int()
    }

    @Test func `the first holder leads with epoch one`() async throws {
        #expect(try await lead("s1", lease: 60_000) == 1)
        try await bench.expect(["leader": .text("1 s1"), "epochs": .text("1")])
        #expect((1...60_000).contains(try await bench.lifetime(of: "leader")))
        #expect(try await bench.lifetime(of: "epochs") == -1)
    }

    @Test func `the leader keeps its epoch and prolongs its lease`() async throws {
        _ = try await lead("s1", lease: 1_000)
        #expect(try await lead("s1", lease: 60_000) == 1)
        try await bench.expect(["leader": .text("1 s1"), "epochs": .text("1")])
        #expect((50_000...60_000).contains(try await bench.lifetime(of: "leader")))
    }

    @Test func `a second holder waits and does not prolong the lease`() async throws {
        _ = try await lead("s1", lease: 5_000)
        #expect(try await lead("s2", lease: 60_000) == 0)
        try await bench.expect(["leader": .text("1 s1"), "epochs": .text("1")])
        #expect(try await bench.lifetime(of: "leader") <= 5_000)
    }

    @Test func `when the lease ends another takes over with a greater epoch`() async throws {
        _ = try await lead("s1", lease: 1)
        try await eventually("the lease has ended") { try await lead("s2", lease: 60_000) == 2 }
        try await bench.expect(["leader": .text("2 s2"), "epochs": .text("2")])
        #expect(try await lead("s1") == 0)
    }

    @Test func `the same holder takes a greater epoch when its lease had ended`() async throws {
        try await bench.set(["epochs": .text("7")])
        #expect(try await lead("s1") == 8)
    }

    @Test func `a holder may have blanks in its name`() async throws {
        #expect(try await lead("host 1 of 2") == 1)
        #expect(try await lead("host 1 of 2") == 1)
        #expect(try await lead("host 1") == 0)
    }
}
