import Redis
import Testing

@testable import JobQueue

/// lead.lua
@Suite struct LeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func lead(_ holder: RedisWord, at now: Int, lease: Int = 5_000) async throws -> Int {
        try await bench.run(Scripts.lead, ["leader", "epochs"], [holder, .integer(now), .integer(lease)]).int()
    }

    @Test func `the first holder leads with epoch one`() async throws {
        #expect(try await lead("s1", at: 1_000) == 1)
        try await bench.expect(["leader": .text("1 s1 6000"), "epochs": .text("1")])
        #expect((5_001...65_000).contains(try await bench.lifetime(of: "leader")))
        #expect(try await bench.lifetime(of: "epochs") == -1)
    }

    @Test func `the leader keeps its epoch and prolongs its lease`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s1", at: 5_999) == 1)
        try await bench.expect(["leader": .text("1 s1 10999"), "epochs": .text("1")])
    }

    @Test func `a second holder waits and does not prolong the lease`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s2", at: 5_999) == 0)
        try await bench.expect(["leader": .text("1 s1 6000"), "epochs": .text("1")])
    }

    @Test func `when the lease ends another takes over with a greater epoch`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s2", at: 6_000) == 2)
        try await bench.expect(["leader": .text("2 s2 11000"), "epochs": .text("2")])
        #expect(try await lead("s1", at: 6_001) == 0)
    }

    @Test func `the same holder takes a greater epoch when its lease had ended`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s1", at: 6_000) == 2)
        try await bench.set(["epochs": .text("7")])
        _ = try await bench.redis.send(["DEL", "leader"])
        #expect(try await lead("s1", at: 7_000) == 8)
    }

    @Test func `a clock that was set back leaves a leader no more than one lease`() async throws {
        _ = try await lead("s1", at: 3_600_000)
        #expect(try await lead("s2", at: 1_000) == 0)
        try await bench.expect(["leader": .text("1 s1 6000"), "epochs": .text("1")])
        #expect(try await lead("s2", at: 6_000) == 2)
    }

    @Test func `a holder may have blanks in its name`() async throws {
        #expect(try await lead("host 1 of 2", at: 1) == 1)
        #expect(try await lead("host 1 of 2", at: 2) == 1)
        #expect(try await lead("host 1", at: 3) == 0)
    }

    @Test func `what another version has written is overwritten with a greater epoch`() async throws {
        try await bench.set(["leader": .text("7 s1"), "epochs": .text("7")])
        #expect(try await lead("s2", at: 1_000) == 8)
    }
}
