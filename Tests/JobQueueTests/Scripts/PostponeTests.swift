import Redis
import Testing

@testable import JobQueue

/// postpone.lua
@Suite struct PostponeTests {
    let bench: ScriptBench
    private let later = record(events: #"{"at":1000,"event":"postponed"}"#, payload: awkwardPayload)

    init() async throws { bench = try await ScriptBench() }

    private func postpone(_ id: String = "a", fence: Int = 3, due: Int) async throws -> RedisValue {
        try await bench.run(
            Scripts.postpone, ScriptBench.block + ["running"],
            [.text(id), .integer(fence), 1_000, .integer(due), .text(later)])
    }

    @Test func `a job that is due later is scheduled`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        #expect(try await postpone(due: 1_001) == .integer(1))
        try await bench.expect(["jobs": .hash(["a": later]), "scheduled": .scores(["a": 1_001])])
    }

    @Test(arguments: [0, 999, 1_000])
    func `a job that is due goes first in the ready list`(_ due: Int) async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()]), "ready": .list(["b"])])
        #expect(try await postpone(due: due) == .integer(1))
        try await bench.expect(["jobs": .hash(["a": later]), "ready": .list(["a", "b"]), "wake": .list(["1"])])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
    }

    @Test func `the second call is refused`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        _ = try await postpone(due: 5_000)
        #expect(try await postpone(due: 0) == .integer(0))
        try await bench.expect(["jobs": .hash(["a": later]), "scheduled": .scores(["a": 5_000])])
    }

    @Test(arguments: [2, 4])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await postpone(fence: fence, due: 0) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `a missing job changes nothing`() async throws {
        #expect(try await postpone(due: 0) == .integer(0))
        try await bench.expect([:])
    }

    @Test func `a job to be cancelled is not put back`() async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900 cancel"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await postpone(due: 0) == .integer(-1))
        try await bench.expect(before)
    }

    @Test func `wake-ups stay below 64 however many jobs come back`() async throws {
        let ids = (0..<100).map { "job-\($0)" }
        try await bench.set(["running": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, "3 900") }))])
        for id in ids { #expect(try await postpone(id, due: 0) == .integer(1)) }
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
    }
}
