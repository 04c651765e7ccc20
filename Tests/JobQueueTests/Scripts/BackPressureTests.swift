import Redis
import Testing

@testable import JobQueue

/// enqueue.lua and tick.lua on a queue with a limit.
@Suite struct BackPressureTests {
    let bench: ScriptBench
    private let unique = #"{"unique":"k"}"#

    init() async throws { bench = try await ScriptBench() }

    /// - Parameter jobs: id, record, priority and due time of each.
    private func enqueue(keep: Int = 100, _ jobs: [(String, String, Int, Int)]) async throws -> RedisValue {
        let words: [RedisWord] = jobs.flatMap { [.text($0), .text($1), .integer($2), .integer($3)] }
        return try await bench.run(
            Scripts.enqueue, ScriptBench.block, [1_000, .integer(keep), .integer(jobs.count)] + words)
    }

    private func plain(_ ids: String...) -> [(String, String, Int, Int)] { ids.map { ($0, record(), 0, 0) } }

    private func full(_ waiting: Int64, _ limit: Int64) -> RedisValue { .array([integers(waiting, limit)]) }

    /// A queue with a limit in which these jobs wait.
    private func set(_ most: Int, _ policy: String, _ ids: String..., more: [String: Held] = [:]) async throws {
        var content: [String: Held] = ["meta": .hash(["max_waiting": "\(most)", "when_full": policy])]
        if !ids.isEmpty {
            content["jobs"] = .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) }))
            content["ready"] = .list(ids)
        }
        try await bench.set(content.merging(more) { $1 })
    }

    private func dropped(_ options: String = "") -> String {
        record(
            "E", finished: 1_000, options: options,
            events: #"{"at":1000,"event":"dropped","detail":"the queue is full"}"#)
    }

    @Test(arguments: ["reject", "coalesce"])
    func `jobs that do not fit are refused all together`(_ policy: String) async throws {
        try await set(3, policy, "a", "b")
        let before = try await Held.all(of: bench.redis)
        #expect(try await enqueue(plain("c", "d")) == full(2, 3))
        try await bench.expect(before)
        #expect(try await enqueue(plain("c")) == integers(1))
        #expect(try await enqueue(plain("d")) == full(3, 3))
        #expect(try await enqueue(plain("a", "c")) == integers(0, 0))
    }

    @Test func `scheduled and prioritised jobs count and cancelled ones in line do not`() async throws {
        try await bench.set([
            "meta": .hash(["max_waiting": "3", "when_full": "reject", "tombstones": "1"]),
            "jobs": .hash(["a": record("c", finished: 5), "h": record(priority: 3), "l": record()]),
            "ready": .list(["a"]), "ranked": .scores(["h": -3]), "scheduled": .scores(["l": 5_000]),
        ])
        #expect(try await enqueue([("b", record(), 0, 0), ("c", record(), 0, 9_000)]) == full(2, 3))
        #expect(try await enqueue([("c", record(), 0, 9_000)]) == integers(1))
        #expect(try await enqueue(plain("b")) == full(3, 3))
    }

    @Test func `doubles of one call take up one place`() async throws {
        try await set(2, "reject", "a")
        #expect(try await enqueue(plain("b", "b", "a")) == integers(1, 0, 0))
        _ = try await bench.redis.send(["DEL", "ready", "jobs"])
        let held = record(options: unique)
        #expect(try await enqueue([("c", held, 0, 0), ("d", held, 0, 0), ("e", record(), 0, 0)])
            == .array([.integer(1), word("c"), .integer(1)]))
    }

    @Test func `a holder's name is never mistaken for the word of a full queue`() async throws {
        try await set(9, "reject", "a")
        let held = record(options: unique)
        #expect(try await enqueue([("full", held, 0, 0)]) == integers(1))
        let answer = try await enqueue([("b", held, 0, 0), ("c", held, 0, 0), ("d", held, 0, 0)])
        #expect(answer == words("full", "full", "full"))
    }

    @Test func `the oldest in line make room and count as expired`() async throws {
        try await set(3, "drop-oldest", "a", "b", "c")
        #expect(try await enqueue(plain("d", awkwardID)) == integers(1, 1))
        try await bench.expect([
            "jobs": .hash(["a": dropped(), "b": dropped(), "c": record(), "d": record(), awkwardID: record()]),
            "ready": .list(["c", "d", awkwardID]), "done": .list(["b", "a"]), "wake": .list(["1"]),
            "meta": .hash([
                "max_waiting": "3", "when_full": "drop-oldest", "enqueued": "2", "expired": "2", "dropped": "2",
            ]),
        ])
    }

    @Test func `after the ordinary ones the least of the others go, and cancelled ones on the way`() async throws {
        try await bench.set([
            "meta": .hash(["max_waiting": "3", "when_full": "drop-oldest", "tombstones": "1", "cancelled": "1"]),
            "jobs": .hash(["x": record("c", finished: 5), "a": record(), "h": record(), "l": record()]),
            "ready": .list(["x", "a"]), "ranked": .scores(["h": -3, "l": 4]),
        ])
        #expect(try await enqueue(plain("b", "c")) == integers(1, 1))
        try await bench.expect([
            "jobs": .hash([
                "x": record("C", finished: 5), "a": dropped(), "l": dropped(), "h": record(), "b": record(),
                "c": record(),
            ]),
            "ready": .list(["b", "c"]), "ranked": .scores(["h": -3]), "done": .list(["l", "a", "x"]),
            "wake": .list(["1"]),
            "meta": .hash([
                "max_waiting": "3", "when_full": "drop-oldest", "enqueued": "2", "expired": "2", "dropped": "2",
                "tombstones": "0", "cancelled": "1",
            ]),
        ])
    }

    @Test func `no room is made for more than fits or from jobs that wait for their time`() async throws {
        try await set(2, "drop-oldest", "a", more: ["scheduled": .scores(["l": 5_000])])
        let before = try await Held.all(of: bench.redis)
        #expect(try await enqueue(plain("b", "c", "d")) == full(2, 2))
        #expect(try await enqueue(plain("b", "c")) == full(2, 2))
        try await bench.expect(before)
        #expect(try await enqueue(plain("b")) == integers(1))
        #expect(try await bench.list("ready") == ["b"])
    }

    @Test func `a dropped job gives up its unique key and tells the job that waits for it`() async throws {
        let options = #"{"batch":"q/p","unique":"k"}"#
        try await set(1, "drop-oldest")
        #expect(try await enqueue([("a", record(options: options), 0, 0)]) == integers(1))
        #expect(try await enqueue(plain("b")) == integers(1))
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.list("notices") == ["q/p\ta\tE\t"])
        #expect(try await bench.hash("jobs")["a"] == dropped(options))
    }

    @Test func `room is made for a job whose key was held by one that has just been dropped`() async throws {
        let held = record(options: unique)
        try await set(2, "drop-oldest")
        #expect(try await enqueue([("a", held, 0, 0), ("b", record(), 0, 0)]) == integers(1, 1))
        #expect(try await enqueue([("c", record(), 0, 0), ("d", held, 0, 0)]) == integers(1, 1))
        #expect(try await bench.list("ready") == ["c", "d"])
        #expect(try await bench.hash("links") == ["u:k": "0 d"])
    }

    @Test func `dropped jobs are forgotten above the limit of finished ones`() async throws {
        try await set(2, "drop-oldest", "a", "b", more: ["done": .list(["old"])])
        #expect(try await enqueue(keep: 1, plain("c", "d")) == integers(1, 1))
        #expect(try await bench.list("done") == ["b"])
        #expect(try await bench.hash("jobs").keys.sorted() == ["b", "c", "d"])
    }

    @Test func `in a full queue a job takes the place of the waiting one of its key`() async throws {
        try await set(2, "coalesce")
        #expect(try await enqueue([("a", record(options: unique), 0, 0)]) == integers(1))
        #expect(try await enqueue([("b", record(options: unique, payload: "[2]"), 0, 0)]) == words("a"))
        #expect(try await enqueue(plain("c")) == integers(1))
        #expect(try await enqueue([("b", record(options: unique, payload: "[2]"), 0, 0)]) == words("a coalesced"))
        #expect(try await bench.envelope(of: "a").payload == Array("[2]".utf8))
        #expect(try await enqueue([("b", record(options: unique), 0, 0), ("d", record(), 0, 0)]) == full(2, 2))
        #expect(try await bench.list("ready") == ["a", "c"])
    }

    @Test func `a full queue does not replace a job that runs`() async throws {
        try await bench.lease()
        try await set(1, "coalesce")
        #expect(try await enqueue([("a", record(options: unique), 0, 0)]) == integers(1))
        #expect(try await bench.fetch() == ["a"])
        #expect(try await enqueue(plain("c")) == integers(1))
        #expect(try await enqueue([("b", record(options: unique), 0, 0)]) == words("a"))
    }

    @Test(arguments: ["reject": "queue-full", "coalesce": "queue-full", "drop-oldest": "enqueued"])
    func `a tick of a full queue is skipped unless the oldest make room`(
        _ policy: String, _ answer: String
    ) async throws {
        try await set(1, policy, "a")
        let tick: [RedisWord] = [
            1_000, 1, "e@900", "e", 900, 900, 1, "enqueued", "", "", "allow", 1, 0, 10_000, 10, "calls", "q", 0, 1, "",
            "t", .text(record()), 0, 0,
        ]
        let keys = ScriptBench.block + ["ticks", "entries", "history", "leases"]
        #expect(try await bench.run(Scripts.tick, keys, tick).array().first == word(answer))
        #expect(try await bench.hash("meta")["ticks_skipped"] == (answer == "queue-full" ? "1" : nil))
        #expect(try await bench.list("ready") == (answer == "queue-full" ? ["a"] : ["a", "t"]))
        #expect(try await bench.run(Scripts.tick, keys, tick).array().first == word("duplicate"))
    }
}
