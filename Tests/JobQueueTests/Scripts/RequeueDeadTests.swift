import Redis
import Testing

@testable import JobQueue

/// requeue_dead.lua
@Suite struct RequeueDeadTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func requeue(_ jobs: (String, String)...) async throws -> RedisValue {
        try await bench.run(
            Scripts.requeueDead, ScriptBench.block,
            [.integer(jobs.count)] + jobs.flatMap { [.text($0), .text($1)] })
    }

    @Test func `dead jobs line up again and others are left alone`() async throws {
        let running = record(payload: "1")
        try await bench.set([
            "dead": .scores(["a": 5, "b": 6, awkwardID: 7]), "ready": .list(["z"]),
            "jobs": .hash(["a": record("D"), "b": record("D"), awkwardID: record("D"), "r": running]),
        ])
        let again = record(payload: awkwardPayload)
        #expect(
            try await requeue(("a", again), ("r", again), ("ghost", again), (awkwardID, again)) == integers(1, 0, 0, 1))
        let expected: [String: Held] = [
            "dead": .scores(["b": 6]), "jobs": .hash(["a": again, "b": record("D"), awkwardID: again, "r": running]),
            "ready": .list(["z", "a", awkwardID]), "meta": .hash(["requeued": "2"]), "wake": .list(["1"]),
        ]
        try await bench.expect(expected)
        #expect(try await requeue(("a", again), (awkwardID, again)) == integers(0, 0))
        try await bench.expect(expected)
    }

    @Test func `a job of another priority goes back to its own place in line`() async throws {
        try await bench.set([
            "dead": .scores(["h": 5, "l": 6]),
            "jobs": .hash(["h": record("D", priority: 8), "l": record("D", priority: -8)]),
        ])
        #expect(try await requeue(("h", record(priority: 8)), ("l", record(priority: -8))) == integers(1, 1))
        try await bench.expect([
            "jobs": .hash(["h": record(priority: 8), "l": record(priority: -8)]), "ranked": .scores(["h": -8, "l": 8]),
            "meta": .hash(["requeued": "2"]), "wake": .list(["1"]),
        ])
    }

    @Test func `nothing is written for a queue without dead jobs`() async throws {
        #expect(try await requeue(("a", record())) == integers(0))
        try await bench.expect([:])
    }

    @Test func `wake-ups stay below 64`() async throws {
        for number in 0..<70 {
            try await bench.set(["dead": .scores(["job-\(number)": 1])])
            #expect(try await requeue(("job-\(number)", record())) == integers(1))
        }
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
    }
}
