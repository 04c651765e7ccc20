import Redis
import Testing

@testable import JobQueue

/// sweep_finished.lua
@Suite struct SweepFinishedTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func sweep(before: Int = 1_000, limit: Int = 256) async throws -> RedisValue {
        try await bench.run(Scripts.sweepFinished, ScriptBench.block, [.integer(before), .integer(limit), 90_000])
    }

    @Test func `jobs that finished before the time are dropped`() async throws {
        let recent = record("S", started: 900, finished: 1_000, payload: awkwardPayload)
        try await bench.set([
            "done": .list(["n", "o", awkwardID]),
            "jobs": .hash([
                "n": recent, "o": record("C", finished: 999, payload: awkwardPayload),
                awkwardID: record("S", started: 5, finished: 6), "r": record(),
            ]),
        ])
        #expect(try await sweep() == integers(2, 0))
        try await bench.expect(["done": .list(["n"]), "jobs": .hash(["n": recent, "r": record()])])
        #expect(try await sweep() == integers(0, 0))
    }

    @Test func `an empty list is left alone`() async throws {
        #expect(try await sweep() == integers(0, 0))
        try await bench.expect([:])
    }

    @Test func `an id without a record is dropped`() async throws {
        let recent = record("S", finished: 5_000)
        try await bench.set(["done": .list(["n", "ghost"]), "jobs": .hash(["n": recent])])
        #expect(try await sweep() == integers(1, 0))
        try await bench.expect(["done": .list(["n"]), "jobs": .hash(["n": recent])])
    }

    @Test func `no call drops more than its limit and the oldest go first`() async throws {
        let ids = ["c", "b", "a"]
        try await bench.set([
            "done": .list(ids),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record("S", finished: 1)) })),
        ])
        #expect(try await sweep(limit: 2) == integers(2, 0))
        try await bench.expect(["done": .list(["c"]), "jobs": .hash(["c": record("S", finished: 1)])])
    }

    @Test func `keys past their time are dropped in steps, and those of living jobs are left to them`() async throws {
        let keys = ["u:k1", "u:k2", "u:k3", "u:\(awkwardID)"]
        try await bench.set([
            "jobs": .hash(["lives": record(), "over": record("S", finished: 5_000), "waits": record("W")]),
            "links": .hash([
                "u:k1": "90000 over", "u:k2": "90000 lives", "u:k3": "90000 waits", "u:\(awkwardID)": "90000 gone",
            ]),
            "expiring": .scores(Dictionary(uniqueKeysWithValues: keys.map { ($0, 90_000) } + [("u:k4", 90_001)])),
        ])
        #expect(try await sweep(limit: 3) == integers(0, 3))
        #expect(try await sweep(limit: 3) == integers(0, 1))
        #expect(try await bench.hash("links") == ["u:k2": "90000 lives", "u:k3": "90000 waits"])
        #expect(try await bench.members("expiring") == ["u:k4"])
    }
}
