import Redis
import Testing

@testable import JobQueue

/// set_last_run.lua
@Suite struct SetLastRunTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func set(_ time: Int, epoch: Int = 2, version: Int = 0) async throws -> RedisValue {
        try await bench.run(
            Scripts.setLastRun, ["meta"], [.integer(epoch), "bots", .integer(time), .integer(version)])
    }

    @Test func `the version that an entry begins with is noted, also when the time is known`() async throws {
        #expect(try await set(5_000, version: 3) == .integer(5_000))
        #expect(try await set(5_000, version: 4) == .integer(5_000))
        #expect(try await set(6_000) == .integer(6_000))
        try await bench.expect(["meta": .hash(["last:bots": "6000", "begun:bots": "4"])])
        try await bench.set(["meta": .hash(["epoch": "9"])])
        #expect(try await set(7_000, version: 5) == .integer(-1))
        try await bench.expect(["meta": .hash(["epoch": "9", "last:bots": "6000", "begun:bots": "4"])])
    }

    @Test func `the first time counts and only a later one replaces it`() async throws {
        #expect(try await set(5_000) == .integer(5_000))
        #expect(try await set(5_000) == .integer(5_000))
        #expect(try await set(4_999) == .integer(5_000))
        try await bench.expect(["meta": .hash(["last:bots": "5000"])])
        #expect(try await set(1_800_000_000_000) == .integer(1_800_000_000_000))
        try await bench.expect(["meta": .hash(["last:bots": "1800000000000"])])
    }

    @Test(arguments: ["1e400", "soon", "nan", "-inf"])
    func `what is no time is replaced`(_ value: String) async throws {
        try await bench.set(["meta": .hash(["last:bots": .init(stringLiteral: value)])])
        #expect(try await set(7_000) == .integer(7_000))
        try await bench.expect(["meta": .hash(["last:bots": "7000"])])
    }

    @Test func `what was handled while the clock was ahead is forgotten once it is reached`() async throws {
        try await bench.set(["meta": .hash(["last:bots": "10", "ahead:bots": "500"])])
        #expect(try await set(499) == .integer(499))
        try await bench.expect(["meta": .hash(["last:bots": "499", "ahead:bots": "500"])])
        #expect(try await set(500) == .integer(500))
        try await bench.expect(["meta": .hash(["last:bots": "500"])])
    }

    @Test func `a scheduler that leads no more is refused`() async throws {
        let before: [String: Held] = ["meta": .hash(["epoch": "3", "last:bots": "1", "last:other": "7"])]
        try await bench.set(before)
        #expect(try await set(9_000) == .integer(-1))
        try await bench.expect(before)
        #expect(try await set(9_000, epoch: 3) == .integer(9_000))
        try await bench.expect(["meta": .hash(["epoch": "3", "last:bots": "9000", "last:other": "7"])])
    }
}
