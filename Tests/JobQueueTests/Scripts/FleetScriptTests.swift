import Redis
import Testing

@testable import JobQueue

/// heartbeat_host.lua, scale.lua, roll_fleet.lua and order_worker.lua
@Suite struct FleetScriptTests {
    let bench: ScriptBench
    private static let fleet = ["hosts", "desired", "automatic", "roll"]

    init() async throws { bench = try await ScriptBench() }

    private func beat(_ id: String, _ report: String, at now: Int) async throws -> RedisValue {
        try await bench.run(
            Scripts.heartbeatHost, Self.fleet, [.text(id), .text(report), .integer(now), 60_000])
    }

    private func scale(_ now: Int, _ words: String...) async throws -> RedisValue {
        try await bench.run(
            Scripts.scale, ["desired"],
            [.integer(now), .integer(words.count / 3)] + words.map { RedisWord.text($0) })
    }

    @Test func `a heartbeat gives what was there before, and all that a host shares out by`() async throws {
        try await bench.set(["desired": .hash(["trading": "8"]), "roll": .text("3")])
        #expect(
            try await beat("a", "{}", at: 1_000)
                == .array([.null, words("a", "1000 {}"), words("trading", "8"), words(), word("3")]))
        #expect(
            try await beat("a", #"{"x":1}"#, at: 2_000)
                == .array([
                    word("1000 {}"), words("a", #"2000 {"x":1}"#), words("trading", "8"), words(), word("3"),
                ]))
        #expect(try await bench.lifetime(of: "hosts") > 50_000)
        try await bench.expect([
            "hosts": .hash(["a": #"2000 {"x":1}"#]), "desired": .hash(["trading": "8"]), "roll": .text("3"),
        ])
    }

    @Test func `hosts that are silent for long, ahead of the clock or not readable are removed`() async throws {
        try await bench.set([
            "hosts": .hash(["old": "39999 {}", "late": "160001 {}", "junk": "{}", "kept": "40000 {}"])
        ])
        _ = try await beat("a", "{}", at: 100_000)
        try await bench.expect(["hosts": .hash(["a": "100000 {}", "kept": "40000 {}"])])
    }

    @Test func `a number is set once, and goes back to the schedule's`() async throws {
        #expect(try await scale(5, "trading", "", "8", "market", "", "2") == words("set"))
        try await bench.expect(["desired": .hash(["trading": "8", "market": "2", ":at": "5"])])
        #expect(try await scale(6, "trading", "", "8") == words("same"))
        #expect(try await scale(7, "trading", "8", "", "market", "2", "3") == words("set"))
        try await bench.expect(["desired": .hash(["market": "3", ":at": "7"])])
        #expect(try await scale(8, "trading", "8", "") == words("same"))
    }

    @Test func `whoever has seen another number changes nothing at all`() async throws {
        try await bench.set(["desired": .hash(["trading": "4"])])
        #expect(try await scale(5, "market", "", "2", "trading", "2", "8") == words("conflict", "trading", "4"))
        #expect(try await scale(5, "trading", "4", "5", "market", "1", "2") == words("conflict", "market", ""))
        try await bench.expect(["desired": .hash(["trading": "4"])])
    }

    @Test func `restarts are counted`() async throws {
        #expect(try await bench.run(Scripts.rollFleet, ["roll"], []) == .integer(1))
        #expect(try await bench.run(Scripts.rollFleet, ["roll"], []) == .integer(2))
        try await bench.expect(["roll": .text("2")])
    }

    @Test func `an order is kept for a while, and said once`() async throws {
        #expect(try await order("quiet") == words("set"))
        #expect(try await order("quiet", for: 1_000) == words("same"))
        #expect(try await bench.lifetime(of: "orders") > 5_000)
        #expect(try await order("run") == words("set"))
        try await bench.expect(["orders": .hash(["w1": "run"])])
    }

    @Test func `an order is taken back only while it stands`() async throws {
        #expect(try await order("run", after: "quiet") == words("moved", ""))
        #expect(try await order("run") == words("same"))
        #expect(try await order("stop") == words("set"))
        #expect(try await order("run", after: "quiet") == words("moved", "stop"))
        try await bench.expect(["orders": .hash(["w1": "stop"])])
        #expect(try await order("run", after: "stop") == words("set"))
    }

    private func order(
        _ order: RedisWord, for kept: Int = 9_000, after last: RedisWord = ""
    ) async throws -> RedisValue {
        try await bench.run(Scripts.orderWorker, ["orders"], ["w1", order, .integer(kept), "c", last])
    }
}
