import Redis
import Testing

@testable import JobQueue

/// cancel.lua
@Suite struct CancelTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func cancel(_ id: String = "a") async throws -> RedisValue {
        try await bench.run(
            Scripts.cancel, ScriptBench.block + ["batch", "leases", "running"],
            [.text(id), 1_000, "told", .text("q \(id)"), "w1"])
    }

    @Test func `an unknown job is missing`() async throws {
        #expect(try await cancel() == word("missing"))
        try await bench.expect([:])
    }

    @Test(arguments: ["scheduled", "retrying"])
    func `a job that waits for its time is finished at once`(_ place: String) async throws {
        try await bench.set([
            "jobs": .hash(["a": record(attempts: 1, payload: awkwardPayload)]),
            place: .scores(["a": 5_000, "b": 5_000]),
        ])
        #expect(try await cancel() == word("cancelled"))
        try await bench.expect([
            "jobs": .hash(["a": record("C", attempts: 1, finished: 1_000, payload: awkwardPayload)]),
            place: .scores(["b": 5_000]), "done": .list(["a"]), "meta": .hash(["cancelled": "1"]),
        ])
    }

    @Test(arguments: ["ready": Held.list(["b", "a"]), "ranked": .scores(["a": -5])])
    func `a job in line keeps its place as a tombstone`(_ key: String, _ line: Held) async throws {
        try await bench.set(["jobs": .hash(["a": record(payload: awkwardPayload)]), key: line])
        #expect(try await cancel() == word("cancelled"))
        let expected: [String: Held] = [
            "jobs": .hash(["a": record("c", finished: 1_000, payload: awkwardPayload)]), key: line,
            "meta": .hash(["cancelled": "1", "tombstones": "1"]),
        ]
        try await bench.expect(expected)
        #expect(try await cancel() == word("cancelled"))
        try await bench.expect(expected)
    }

    @Test func `the worker of a running job is asked to stop it`() async throws {
        try await bench.set(["jobs": .hash(["a": record()]), "running": .hash(["a": "3 900", "b": "3 900"])])
        for _ in 0..<2 {
            #expect(try await cancel() == word("requested"))
            try await bench.expect([
                "jobs": .hash(["a": record()]), "running": .hash(["a": "3 900 cancel", "b": "3 900"]),
            ])
        }
    }

    @Test func `a job that started while it was marked is asked to stop instead`() async throws {
        try await bench.set([
            "jobs": .hash(["a": record("c", finished: 1_000)]), "running": .hash(["a": "3 900"]),
            "meta": .hash(["cancelled": "4", "tombstones": "2"]),
        ])
        #expect(try await cancel() == word("requested"))
        try await bench.expect([
            "jobs": .hash(["a": record("w", finished: 1_000)]), "running": .hash(["a": "3 900 cancel"]),
            "meta": .hash(["cancelled": "3", "tombstones": "1"]),
        ])
    }

    @Test(arguments: ["S", "C", "E", "D"] as [Character])
    func `a finished job stays as it ended`(_ stateCode: Character) async throws {
        let before: [String: Held] = ["jobs": .hash(["a": record(stateCode, finished: 7)])]
        try await bench.set(before)
        #expect(try await cancel() == word("finished"))
        try await bench.expect(before)
    }

    @Test func `a worker that has joined meanwhile has to be asked first`() async throws {
        let before: [String: Held] = [
            "jobs": .hash(["a": record()]), "ready": .list(["a"]), "leases": .scores(["w1": 9_000, "w2": 9_000]),
        ]
        try await bench.set(before)
        #expect(try await cancel() == word("again"))
        try await bench.expect(before)
    }

    @Test func `an awkward id is cancelled like any other`() async throws {
        try await bench.set([
            "jobs": .hash([awkwardID: record(priority: -7)]), "scheduled": .scores([awkwardID: 5_000]),
        ])
        #expect(try await cancel(awkwardID) == word("cancelled"))
        try await bench.expect([
            "jobs": .hash([awkwardID: record("C", priority: -7, finished: 1_000)]), "done": .list([awkwardID]),
            "meta": .hash(["cancelled": "1"]),
        ])
    }
}
