import Redis
import Testing

@testable import JobQueue

/// forget_finished.lua
@Suite struct ForgetFinishedTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func forget(_ id: String) async throws -> RedisValue {
        try await bench.run(Scripts.forgetFinished, ScriptBench.block, [.text(id)])
    }

    @Test(arguments: ["S", "C", "E"])
    func `a finished job is forgotten, once`(_ stateCode: Character) async throws {
        let other = record("S", finished: 7, payload: awkwardPayload)
        try await bench.set([
            "done": .list(["n", awkwardID, "o"]),
            "jobs": .hash([
                "n": other, awkwardID: record(stateCode, finished: 6, payload: awkwardPayload), "o": other,
            ]),
        ])
        #expect(try await forget(awkwardID) == .integer(1))
        let expected: [String: Held] = ["done": .list(["n", "o"]), "jobs": .hash(["n": other, "o": other])]
        try await bench.expect(expected)
        #expect(try await forget(awkwardID) == .integer(0))
        try await bench.expect(expected)
    }

    @Test(arguments: ["w", "D", "x"])
    func `a job that is not over, dead or gone already stays`(_ stateCode: Character) async throws {
        let content: [String: Held] = ["done": .list(["o"]), "jobs": .hash(["a": record(stateCode)])]
        try await bench.set(content)
        #expect(try await forget("a") == .integer(0))
        #expect(try await forget("ghost") == .integer(0))
        try await bench.expect(content)
    }

    @Test func `a job that was cancelled in line is dropped when its turn comes`() async throws {
        let payload = awkwardPayload
        try await bench.set(["jobs": .hash(["a": record("c", finished: 6, payload: payload)])])
        #expect(try await forget("a") == .integer(1))
        try await bench.expect(["jobs": .hash(["a": record("x", finished: 6, payload: payload)])])
        #expect(try await forget("a") == .integer(0))
    }

    @Test(arguments: ["S", "C", "E", "c"])
    func `a unique key that was to be kept for longer goes with its job`(_ stateCode: Character) async throws {
        let held = record(stateCode, options: #"{"unique":"k","unique_until_ms":9000}"#)
        try await bench.set([
            "done": .list(["a"]), "jobs": .hash(["a": held]), "links": .hash(["u:k": "9000 a"]),
            "expiring": .scores(["u:k": 9_000]),
        ])
        #expect(try await forget("a") == .integer(1))
        #expect(try await bench.redis.send(["EXISTS", "links", "expiring"]).int() == 0)
    }

    @Test(arguments: ["ready", "ranked"])
    func `a job that was cancelled in line leaves the line, and its id is free`(_ line: String) async throws {
        let held: Held = line == "ready" ? .list(["b", "a", "c"]) : .scores(["b": 1, "a": 2, "c": 3])
        try await bench.set([
            line: held, "jobs": .hash(["a": record("c")]), "meta": .hash(["tombstones": "1"]),
        ])
        #expect(try await forget("a") == .integer(1))
        try await bench.expect([
            line: line == "ready" ? .list(["b", "c"]) : .scores(["b": 1, "c": 3]), "meta": .hash(["tombstones": "0"]),
        ])
    }

    @Test func `nothing at all is left alone`() async throws {
        #expect(try await forget("a") == .integer(0))
        try await bench.expect([:])
    }
}
