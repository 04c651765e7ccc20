import Redis
import Testing

@testable import JobQueue

/// acknowledge.lua
@Suite struct AcknowledgeTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    /// - Parameters:
    ///   - endings: id, fence, record and counter of each job.
    ///   - children: words of each child.
    private func acknowledge(
        keep: Int = 100, _ endings: [(String, Int, String, String)], plan: String = "", children: [[RedisWord]] = [],
        queues: [String] = []
    ) async throws -> RedisValue {
        let jobs: [RedisWord] = endings.flatMap { [.text($0), .integer($1), .text($2), .text($3)] }
        let intake = queues.flatMap { queue in ScriptBench.block.map { "\(queue)\($0)" } }
        // The name of the queue is told beside its position.
        let words = children.flatMap { $0.prefix(2) + ["q"] + $0.dropFirst(2) }
        return try await bench.run(
            Scripts.acknowledge, ScriptBench.block + ["running", "batch"] + intake,
            [85_000, .integer(keep), .integer(endings.count)] + jobs
                + [.text(plan), "", .integer(children.count)] + words)
    }

    private let final = record("S", started: 900, finished: 85_000, worker: "w1", outcome: #"{"result":7}"#)

    @Test func `a job is settled with its result, counted and remembered`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900", "b": "3 900"]), "jobs": .hash(["a": record(), "b": record()]),
            "done": .list(["old"]),
        ])
        #expect(try await acknowledge([("a", 3, final, "succeeded")]) == integers(1))
        try await bench.expect([
            "running": .hash(["b": "3 900"]), "jobs": .hash(["a": final, "b": record()]), "done": .list(["a", "old"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ])
    }

    @Test func `the second call is refused and changes nothing`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        _ = try await acknowledge([("a", 3, final, "succeeded")])
        let child: [RedisWord] = [1, 1, "a:0", .text(record()), 0, 0]
        let again = try await acknowledge([("a", 3, record("C"), "cancelled")], children: [child], queues: [""])
        #expect(again == integers(0))
        try await bench.expect([
            "jobs": .hash(["a": final]), "done": .list(["a"]), "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ])
    }

    @Test(arguments: [2, 4, 33])
    func `a stale fence is refused with its children`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        let child: [RedisWord] = [1, 1, "a:0", .text(record()), 0, 0]
        let answer = try await acknowledge([("a", fence, final, "succeeded")], children: [child], queues: ["other-"])
        #expect(answer == integers(0))
        try await bench.expect(before)
    }

    @Test func `a missing job is refused`() async throws {
        #expect(try await acknowledge([("a", 3, final, "succeeded")]) == integers(0))
        try await bench.expect([:])
    }

    @Test func `each job of a batch is judged by its own claim`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900", "b": "5 900 cancel", "c": "6 900"]),
            "jobs": .hash(["a": record(), "b": record(), "c": record()]), "meta": .hash(["window:0": "8 4 2"]),
        ])
        let cancelled = record("C", finished: 85_000)
        let answer = try await acknowledge([
            ("a", 3, final, "succeeded"), ("b", 5, cancelled, "cancelled"), ("c", 5, final, "succeeded"),
        ])
        #expect(answer == integers(1, 1, 0))
        try await bench.expect([
            "running": .hash(["c": "6 900"]), "jobs": .hash(["a": final, "b": cancelled, "c": record()]),
            "done": .list(["b", "a"]), "meta": .hash(["succeeded": "1", "cancelled": "1", "window:0": "8 6 2"]),
        ])
    }

    @Test func `a window of an earlier round starts anew`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 1"]), "jobs": .hash(["a": record()]), "meta": .hash(["window:0": "0 9 9"]),
        ])
        _ = try await acknowledge([("a", 3, final, "succeeded")])
        #expect(try await bench.redis.send(["HGET", "meta", "window:0"]).string() == "8 1 0")
    }

    @Test func `children go to two queues by priority and time`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        let high = record(priority: 9, payload: awkwardPayload)
        let children: [[RedisWord]] = [
            [1, 1, "a:0", .text(record()), 0, 0], [1, 2, "a:1", .text(high), 9, 0],
            [1, 2, "a:2", .text(record()), 0, 85_001], [1, 2, "a:3", .text(record()), 0, 85_000],
        ]
        let answer = try await acknowledge([("a", 3, final, "succeeded")], children: children, queues: ["", "x-"])
        #expect(answer == integers(1))
        try await bench.expect([
            "jobs": .hash(["a": final, "a:0": record()]), "done": .list(["a"]), "ready": .list(["a:0"]),
            "wake": .list(["1"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0", "enqueued": "1"]),
            "x-jobs": .hash(["a:1": high, "a:2": record(), "a:3": record()]), "x-ranked": .scores(["a:1": -9]),
            "x-scheduled": .scores(["a:2": 85_001]), "x-ready": .list(["a:3"]), "x-meta": .hash(["enqueued": "3"]),
            "x-wake": .list(["1", "1", "1"]),
        ])
        #expect((1...60_000).contains(try await bench.lifetime(of: "x-wake")))
    }

    @Test func `children of a refused job are left out beside those of a settled one`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record(), "b": record()])])
        let children: [[RedisWord]] = [[2, 1, "b:0", .text(record()), 0, 0], [1, 1, "a:0", .text(record()), 0, 0]]
        let endings = [("a", 3, final, "succeeded"), ("b", 3, final, "succeeded")]
        #expect(try await acknowledge(endings, children: children, queues: ["x-"]) == integers(1, 0))
        try await bench.expect([
            "jobs": .hash(["a": final, "b": record()]), "done": .list(["a"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]), "x-jobs": .hash(["a:0": record()]),
            "x-ready": .list(["a:0"]), "x-meta": .hash(["enqueued": "1"]), "x-wake": .list(["1"]),
        ])
    }

    @Test func `a child that exists is left as it is`() async throws {
        let old = record("S", finished: 5)
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record(), "a:0": old])])
        let child: [RedisWord] = [1, 1, "a:0", .text(record()), 0, 0]
        #expect(try await acknowledge([("a", 3, final, "succeeded")], children: [child], queues: [""]) == integers(1))
        try await bench.expect([
            "jobs": .hash(["a": final, "a:0": old]), "done": .list(["a"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ])
    }

    @Test func `the oldest finished jobs are forgotten above the limit`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900"]), "done": .list(["n", "o", "p"]),
            "jobs": .hash(["a": record(), "n": final, "o": final, "p": final]),
        ])
        _ = try await acknowledge(keep: 2, [("a", 3, final, "succeeded")])
        try await bench.expect([
            "jobs": .hash(["a": final, "n": final]), "done": .list(["a", "n"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ])
    }

    @Test func `no more than 512 finished jobs are forgotten at a time`() async throws {
        let ids = (0..<600).map { "old-\($0)" }
        try await bench.set([
            "running": .hash(["a": "3 900"]), "done": .list(ids),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, final) })),
        ])
        _ = try await acknowledge(keep: 10, [("a", 3, final, "succeeded")])
        #expect(try await bench.redis.send(["LRANGE", "done", 0, -1]).strings() == ["a"] + ids.prefix(88))
        #expect(try await bench.redis.send(["HLEN", "jobs"]).int() == 89)
    }

    @Test func `a batch of 256 with a thousand children is one step`() async throws {
        let ids = (0..<256).map { "job-\($0)" }
        try await bench.set(["running": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, "3 900") }))])
        let children: [[RedisWord]] = (0..<1_000).map {
            [.integer($0 % 256 + 1), 1, "child-\($0)", .text(record()), 0, 0]
        }
        let answer = try await acknowledge(
            keep: 1_000, ids.map { ($0, 3, final, "succeeded") }, children: children, queues: ["x-"])
        #expect(answer == .array(ids.map { _ in .integer(1) }))
        #expect(try await bench.redis.send(["LLEN", "x-ready"]).int() == 1_000)
        #expect(try await bench.redis.send(["LLEN", "x-wake"]).int() == 64)
        #expect(try await bench.redis.send(["EXISTS", "running"]).int() == 0)
    }
}
