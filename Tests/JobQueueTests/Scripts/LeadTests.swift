import Redis
import Testing

@testable import JobQueue

/// lead.lua
@Suite struct LeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func look(
        _ holder: RedisWord, at now: Int, lease: Int = 5_000, skew: Int = 0, running: Int = 0, file: RedisWord = ""
    ) async throws -> RedisValue {
        try await bench.run(
            Scripts.lead, ["leader", "epochs", "number", "schedulers", "resigned"],
            [holder, .integer(now), .integer(lease), .integer(skew), 2_000, .integer(running), file])
    }

    private func lead(_ holder: RedisWord, at now: Int, lease: Int = 5_000, skew: Int = 0) async throws -> Int {
        try await look(holder, at: now, lease: lease, skew: skew).array()[0].int()
    }

    @Test func `the first holder leads with epoch one`() async throws {
        #expect(try await lead("s1", at: 1_000) == 1)
        try await bench.expect([
            "leader": .text("1 s1 6000"), "epochs": .text("1"), "schedulers": .hash(["s1": "1000 0"]),
        ])
        #expect((5_001...65_000).contains(try await bench.lifetime(of: "leader")))
        #expect(try await bench.lifetime(of: "epochs") == -1)
    }

    @Test func `the leader keeps its epoch and prolongs its lease`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s1", at: 5_999) == 1)
        try await expectLeader("1 s1 10999", epochs: "1")
    }

    @Test func `a second holder waits and does not prolong the lease`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s2", at: 5_999) == 0)
        try await expectLeader("1 s1 6000", epochs: "1")
    }

    @Test func `when the lease ends another takes over with a greater epoch`() async throws {
        _ = try await lead("s1", at: 1_000)
        #expect(try await lead("s2", at: 6_000) == 2)
        try await expectLeader("2 s2 11000", epochs: "2")
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
        try await expectLeader("1 s1 6000", epochs: "1")
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

    private func expectLeader(
        _ leader: String, epochs: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await Held.read("leader", from: bench.redis) == .text(leader), sourceLocation: sourceLocation)
        #expect(try await Held.read("epochs", from: bench.redis) == .text(epochs), sourceLocation: sourceLocation)
    }

    @Test(arguments: [2_001, -2_001])
    func `a scheduler whose clock is too far off neither leads nor goes on leading`(_ skew: Int) async throws {
        #expect(try await lead("s1", at: 1_000, skew: skew) == -1)
        try await bench.expect(["schedulers": .hash(["s1": "1000 \(skew)"])])
        #expect(try await lead("s1", at: 1_001, skew: 2_000) == 1)
        #expect(try await lead("s2", at: 1_002, skew: skew) == -1)
        try await expectLeader("1 s1 6001", epochs: "1")
        #expect(try await lead("s1", at: 1_003, skew: skew) == -1)
        #expect(try await Held.all(of: bench.redis)["leader"] == nil)
        #expect(try await lead("s2", at: 1_004, skew: 0) == 2)
    }

    @Test func `everybody hears of the newest version and of the one that a leader runs`() async throws {
        try await bench.set(["number": .text("7")])
        func answer(_ epoch: Int64, _ newest: Int64, _ taken: Int64, _ other: String = "") -> RedisValue {
            .array([.integer(epoch), .integer(newest), .integer(taken), word(other), .integer(0)])
        }
        #expect(try await look("s1", at: 1_000, running: 0) == answer(1, 7, 0))
        #expect(try await look("s1", at: 1_001, running: 6) == answer(1, 7, 6))
        // Only a leader says what runs.
        #expect(try await look("s2", at: 1_002, running: 9) == answer(0, 7, 6, "s1"))
        #expect(try await look("s2", at: 1_003, skew: 9_000) == answer(-1, 7, 6, "s1"))
    }

    private func follows(_ holder: RedisWord, at now: Int, skew: Int = 0) async throws -> [Int] {
        let answer = try await look(holder, at: now, skew: skew).array()
        return [try answer[0].int(), try answer[4].int()]
    }

    @Test func `a leader after one that did not resign is told so as long as it leads`() async throws {
        #expect(try await follows("s1", at: 1_000) == [1, 0])
        #expect(try await follows("s2", at: 6_000) == [2, 1])
        #expect(try await follows("s1", at: 6_500) == [0, 0])
        #expect(try await follows("s2", at: 7_000) == [2, 1])
        // Long after the lease Redis has forgotten who led.
        _ = try await bench.redis.send(["DEL", "leader"])
        #expect(try await follows("s3", at: 90_000) == [3, 1])
        _ = try await bench.run(Scripts.resign, ["leader", "resigned"], ["s3"])
        #expect(try await follows("s1", at: 90_001) == [4, 0])
    }

    @Test func `a leader that lapses or gives up for its clock has not died`() async throws {
        #expect(try await follows("s1", at: 1_000) == [1, 0])
        #expect(try await follows("s1", at: 6_000) == [2, 0])
        #expect(try await follows("s1", at: 6_001, skew: 3_000) == [-1, 0])
        #expect(try await follows("s2", at: 6_002) == [3, 0])
        // What it has been told of the leader before it stays to be told.
        #expect(try await follows("s3", at: 11_002) == [4, 1])
        #expect(try await follows("s3", at: 16_002) == [5, 1])
    }

    @Test func `a leader whose lease ends in ten years is followed after one lease`() async throws {
        let years = 10 * 365 * 86_400_000
        _ = try await lead("s1", at: 1_000 + years)
        #expect(try await lead("s2", at: 1_000) == 0)
        #expect(try await lead("s2", at: 6_000) == 2)
    }

    @Test func `how a file stands is kept with the heartbeat, and forgotten with it`() async throws {
        _ = try await look("s1", at: 1_000, file: #"{"state":"conflict"}"#)
        #expect(try await bench.hash("schedulers") == ["s1": #"1000 0 {"state":"conflict"}"#])
        _ = try await look("s2", at: 61_001)
        #expect(try await bench.hash("schedulers") == ["s2": "61001 0"])
    }

    @Test func `a scheduler that was seen in the future is forgotten`() async throws {
        _ = try await lead("s1", at: 1_000_000)
        _ = try await lead("s2", at: 1_000)
        #expect(try await bench.hash("schedulers") == ["s2": "1000 0"])
    }

    @Test func `a scheduler that was silent for a minute is forgotten`() async throws {
        _ = try await lead("s1", at: 1_000)
        _ = try await look("s1", at: 1_001, running: 3)
        _ = try await lead("s2", at: 61_001)
        #expect(try await bench.hash("schedulers") == ["s1": "1001 0", "s2": "61001 0", "#taken": "3"])
        _ = try await lead("s2", at: 61_002)
        #expect(try await bench.hash("schedulers") == ["s2": "61002 0", "#taken": "3"])
    }
}
