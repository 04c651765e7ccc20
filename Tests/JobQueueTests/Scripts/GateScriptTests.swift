import Redis
import Testing

@testable import JobQueue

/// halt.lua, resume_orders.lua, hold_orders.lua, note_reconciliation.lua, read_gate.lua
@Suite struct GateScriptTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func halt(_ level: RedisWord, at now: Int, for length: Int = 0, _ reason: RedisWord = "r") async throws {
        let arguments: [RedisWord] = [level, .integer(now), .integer(length), reason, "ann@host"]
        #expect(try await bench.run(Scripts.halt, ["gate"], arguments) == .integer(1))
    }

    private func resume(at now: Int) async throws -> RedisValue {
        try await bench.run(Scripts.resumeOrders, ["gate"], [.integer(now)])
    }

    private func hold(_ source: RedisWord, _ mark: RedisWord, at now: Int, _ why: RedisWord = "w") async throws
        -> RedisValue
    {
        try await bench.run(Scripts.holdOrders, ["gate"], [source, mark, .integer(now), why])
    }

    private func note(_ stamp: RedisWord, began: Int, _ problem: RedisWord = "", at now: Int) async throws -> RedisValue
    {
        try await bench.run(
            Scripts.noteReconciliation, ["gate"], [stamp, .integer(began), problem, .integer(now)])
    }

    private func read(at now: Int) async throws -> OrderGate {
        let reply = try await bench.run(Scripts.readGate, ["gate"], [.integer(now)])
        return OrderGate(
            Dictionary(uniqueKeysWithValues: try reply.pairs().map { ($0.name, try $0.value.string()) }))
    }

    private func halted(_ level: String, since: Int, until: Int = 0, length: Int = 0) -> [String: String] {
        [
            "\(level):since": "\(since)", "\(level):until": "\(until)", "\(level):for": "\(length)",
            "\(level):reason": "r", "\(level):who": "ann@host",
        ]
    }

    @Test func `a halt keeps time, reason and person, and wants a new reconciliation`() async throws {
        try await bench.set(["gate": .hash(["reconciled": "900", "unclean": "x", "buys_from": "5"])])
        try await halt("buys", at: 1_000)
        try await bench.expect(["gate": .hash(halted("buys", since: 1_000).merging(["buys_from": "5"]) { $1 })])
        try await halt("buys", at: 2_000, for: 500)
        let again = halted("buys", since: 2_000, until: 2_500, length: 500).merging(["buys_from": "5"]) { $1 }
        try await bench.expect(["gate": .hash(again)])
    }

    @Test func `a halt of all orders leaves one of buys in force beneath it`() async throws {
        try await halt("buys", at: 1_000)
        try await halt("all", at: 2_000, for: 500)
        let before = try await read(at: 2_499)
        #expect(before.halts.map(\.level) == [.all, .buys] && before.halts.map(\.until) == [2_500, nil])
        #expect(before.halt(ofBuy: false)?.level == .all && before.halt(ofBuy: true)?.level == .all)
        let after = try await read(at: 2_500)
        #expect(after.halts.map(\.level) == [.buys] && after.halt(ofBuy: false) == nil)
        // What was decided before the end of a halt is not traded after it.
        #expect(after.sellsFrom == 2_500 && after.buysFrom == 2_500)
        #expect(after.verdict(isBuy: false, decidedAt: 2_499) == .overtaken)
        #expect(after.verdict(isBuy: false, decidedAt: 2_500) == .open)
        #expect(after.verdict(isBuy: true, decidedAt: 9_999) == .halted("buys are halted by ann@host: r"))
    }

    @Test func `orders are resumed once, after a clean reconciliation, and old decisions stay out`() async throws {
        try await halt("buys", at: 1_000)
        #expect(try await resume(at: 1_100) == .integer(-1))
        #expect(try await note("1000 - -", began: 1_100, "lost", at: 1_200) == .integer(0))
        #expect(try await resume(at: 1_300) == .integer(-1))
        #expect(try await note("1000 - -", began: 1_300, at: 1_400) == .integer(1))
        #expect(try await resume(at: 1_500) == .integer(1))
        #expect(try await resume(at: 1_600) == .integer(0))
        try await bench.expect(["gate": .hash(["reconciled": "1300", "buys_from": "1500"])])
        let gate = try await read(at: 1_600)
        #expect(gate.verdict(isBuy: true, decidedAt: 1_499) == .overtaken)
        #expect(gate.verdict(isBuy: false, decidedAt: 1_499) == .open)
        #expect(gate.verdict(isBuy: true, decidedAt: 1_500) == .open)
    }

    @Test func `a clean reconciliation that is followed by one that is not lets nobody resume`() async throws {
        try await halt("all", at: 1_000)
        #expect(try await note("- 1000 -", began: 1_100, at: 1_200) == .integer(1))
        #expect(try await note("- 1000 -", began: 1_300, "lost", at: 1_400) == .integer(0))
        #expect(try await resume(at: 1_500) == .integer(-1))
        #expect(try await read(at: 1_500).unclean == "lost")
    }

    @Test func `a reconciliation that began before the halt does not count`() async throws {
        try await halt("all", at: 1_000)
        #expect(try await note("- - -", began: 999, at: 1_200) == .integer(0))
        #expect(try await resume(at: 1_300) == .integer(-1))
        // Nor does one of an earlier halt.
        try await halt("all", at: 2_000)
        #expect(try await note("- 1000 -", began: 1_500, at: 2_100) == .integer(0))
        try await bench.expect(["gate": .hash(halted("all", since: 2_000))])
    }

    @Test func `a hold is released by a reconciliation that began under it, and held once for each stop`() async throws
    {
        #expect(try await hold("leader", "7", at: 1_000, "a leader") == .integer(1))
        #expect(try await hold("leader", "7", at: 1_100, "a leader") == .integer(0))
        #expect(try await note("- - -", began: 900, at: 1_200) == .integer(0))
        #expect(try await note("- - 1000", began: 1_100, "lost", at: 1_200) == .integer(0))
        #expect(
            try await read(at: 1_200).verdict(isBuy: false, decidedAt: 1_200)
                == .held("orders are held until a reconciliation has come back clean: a leader"))
        #expect(try await note("- - 1000", began: 1_300, at: 1_400) == .integer(2))
        #expect(try await hold("leader", "7", at: 1_500, "a leader") == .integer(0))
        try await bench.expect(["gate": .hash(["mark:leader": "7", "reconciled": "1300"])])
        #expect(try await hold("leader", "8", at: 1_600, "a leader") == .integer(1))
        #expect(try await hold("up", "7", at: 1_700, "an up") == .integer(1))
        try await bench.expect([
            "gate": .hash([
                "mark:leader": "8", "mark:up": "7", "reconciled": "1300", "held_since": "1700", "held_why": "an up",
            ])
        ])
    }

    @Test func `a halt outlasts a hold that is released`() async throws {
        #expect(try await hold("up", "1", at: 1_000) == .integer(1))
        try await halt("all", at: 1_100)
        #expect(try await note("- 1100 1000", began: 1_200, at: 1_300) == .integer(2))
        #expect(
            try await read(at: 1_400).verdict(isBuy: false, decidedAt: 2_000)
                == .halted(
                    "all orders are halted by ann@host: r"))
    }

    @Test func `times of a clock that was set back end as if it had been right`() async throws {
        let ahead = 3_600_000
        try await halt("all", at: ahead, for: 2_000)
        let gate = try await read(at: 10_000)
        #expect(gate.halts.first?.until == 12_000 && gate.halts.first?.since == 10_000)
        #expect(try await read(at: 12_000).halts.isEmpty)
        try await bench.set(["gate": .hash(["buys_from": "\(ahead)", "held_since": "\(ahead)", "held_why": "w"])])
        let held = try await read(at: 20_000)
        #expect(held.buysFrom == 20_000 && held.hold?.since == 20_000)
        #expect(try await note("- - 20000", began: 20_001, at: 20_002) == .integer(2))
    }

    @Test func `an empty gate is open and reading it writes nothing`() async throws {
        let gate = try await read(at: 1_000)
        #expect(gate == OrderGate() && gate.verdict(isBuy: true, decidedAt: .min) == .open)
        #expect(try await resume(at: 1_000) == .integer(0))
        try await bench.expect([:])
    }
}
