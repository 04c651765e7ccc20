import Redis
import Testing

@testable import JobQueue

/// fetch.lua
@Suite struct FetchTests {
    let bench: ScriptBench
    private let keys = ScriptBench.block + ["running", "leases", "fuses"]
    private let leases = Held.scores(["w1": 9_000])

    init() async throws { bench = try await ScriptBench() }

    private func fetch(_ wanted: Int, now: Int = 1_000) async throws -> RedisValue {
        try await bench.run(Scripts.fetch, keys, ["w1", .integer(now), .integer(wanted), "ready"])
    }

    private func jobs(_ ids: String...) -> Held { .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })) }

    @Test func `an empty queue gives nothing and writes nothing`() async throws {
        try await bench.set(["leases": leases])
        #expect(try await fetch(4) == .array([]))
        try await bench.expect(["leases": leases])
    }

    @Test func `a pause that was set while the clock was ahead lasts its length from now on`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 900_000]), "jobs": jobs("a"), "ready": .list(["a"]),
            "meta": .hash(["paused_until": "800000", "paused_for": "3000"]),
        ])
        #expect(try await fetch(1) == .array([word("paused")]))
        #expect(try await fetch(1, now: 4_000) == .array([.integer(1), word("a"), word(record())]))
    }

    @Test func `the oldest jobs are claimed up to the number wanted`() async throws {
        try await bench.set(["leases": leases, "jobs": jobs("a", "b", "c"), "ready": .list(["a", "b", "c"])])
        let answer = try await fetch(2)
        #expect(answer == .array([.integer(1), word("a"), word(record()), word("b"), word(record())]))
        try await bench.expect([
            "leases": leases, "jobs": jobs("a", "b", "c"), "ready": .list(["c"]), "meta": .hash(["fence": "1"]),
            "running": .hash(["a": "1 1000", "b": "1 1000"]), "wake": .list(["1"]),
        ])
    }

    @Test func `the second call takes a greater fence and no job twice`() async throws {
        try await bench.set(["leases": leases, "jobs": jobs("a", "b"), "ready": .list(["a", "b"])])
        _ = try await fetch(1)
        #expect(try await fetch(5, now: 1_001) == .array([.integer(2), word("b"), word(record())]))
        #expect(try await fetch(5, now: 1_002) == .array([]))
        try await bench.expect([
            "leases": leases, "jobs": jobs("a", "b"), "meta": .hash(["fence": "2"]),
            "running": .hash(["a": "1 1000", "b": "2 1001"]), "wake": .list(["1"]),
        ])
    }

    @Test func `high priority goes before ordinary and low after it`() async throws {
        let ids = ["n1", "n2", "h5", "h9", "l1", "l7"]
        try await bench.set([
            "leases": leases, "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })),
            "ready": .list(["n1", "n2"]), "ranked": .scores(["h5": -5, "h9": -9, "l1": 1, "l7": 7]),
        ])
        let order = try await fetch(6).array().dropFirst().enumerated().filter { $0.offset.isMultiple(of: 2) }
        #expect(try order.map { try $0.element.string() } == ["h9", "h5", "n1", "n2", "l1", "l7"])
        #expect(try await bench.redis.send(["EXISTS", "ready", "ranked"]).int() == 0)
    }

    @Test func `a batch that is full leaves the lower places alone`() async throws {
        try await bench.set([
            "leases": leases, "jobs": jobs("h", "n", "l"), "ready": .list(["n"]), "ranked": .scores(["h": -5, "l": 3]),
        ])
        #expect(try await fetch(1) == .array([.integer(1), word("h"), word(record())]))
        #expect(try await fetch(1) == .array([.integer(2), word("n"), word(record())]))
        try await bench.expect([
            "leases": leases, "jobs": jobs("h", "n", "l"), "ranked": .scores(["l": 3]), "meta": .hash(["fence": "2"]),
            "running": .hash(["h": "1 1000", "n": "2 1000"]), "wake": .list(["1"]),
        ])
    }

    @Test func `a worker that leaves only prioritised jobs behind wakes the next`() async throws {
        try await bench.set(["leases": leases, "jobs": jobs("h", "k"), "ranked": .scores(["h": -5, "k": -5])])
        _ = try await fetch(1)
        try await bench.expect([
            "leases": leases, "jobs": jobs("h", "k"), "ranked": .scores(["k": -5]), "meta": .hash(["fence": "1"]),
            "running": .hash(["h": "1 1000"]), "wake": .list(["1"]),
        ])
    }

    @Test(arguments: [[:], ["leases": Held.scores(["w1": 1_000])], ["leases": Held.scores(["w2": 9_000])]])
    func `no job goes to a worker without a lease that holds`(_ lease: [String: Held]) async throws {
        let before = lease.merging(["jobs": jobs("a"), "ready": .list(["a"])]) { $1 }
        try await bench.set(before)
        #expect(try await fetch(1) == words("lost"))
        try await bench.expect(before)
    }

    @Test(arguments: ["0", "1001"])
    func `a paused queue gives nothing`(_ until: String) async throws {
        let before: [String: Held] = [
            "leases": leases, "jobs": jobs("a"), "ready": .list(["a"]), "meta": .hash(["paused_until": until]),
        ]
        try await bench.set(before)
        #expect(try await fetch(1) == words("paused"))
        try await bench.expect(before)
    }

    @Test func `a pause ends with its time`() async throws {
        try await bench.set([
            "leases": leases, "jobs": jobs("a"), "ready": .list(["a"]), "meta": .hash(["paused_until": "1000"]),
        ])
        #expect(try await fetch(1) == .array([.integer(1), word("a"), word(record())]))
    }

    @Test func `a job cancelled in line is dropped on its turn and stays in the finished list`() async throws {
        let cancelled = record("c", finished: 700, payload: awkwardPayload)
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": cancelled, "b": record(), "gone": record("x", finished: 700)]),
            "ready": .list(["a", "gone", "b"]), "meta": .hash(["tombstones": "2", "fence": "6"]),
        ])
        #expect(try await fetch(3) == .array([.integer(7), word("b"), word(record())]))
        try await bench.expect([
            "leases": leases, "jobs": .hash(["a": record("C", finished: 700, payload: awkwardPayload), "b": record()]),
            "meta": .hash(["tombstones": "0", "fence": "7"]), "done": .list(["a"]), "running": .hash(["b": "7 1000"]),
        ])
    }

    @Test func `an id without a record is dropped`() async throws {
        try await bench.set(["leases": leases, "ready": .list(["ghost"])])
        #expect(try await fetch(2) == integers(1))
        try await bench.expect(["leases": leases, "meta": .hash(["fence": "1"])])
    }

    @Test func `records travel byte for byte`() async throws {
        let text = record(options: #"{"depth":3}"#, payload: awkwardPayload)
        try await bench.set(["leases": leases, "jobs": .hash([awkwardID: text]), "ready": .list([awkwardID])])
        #expect(try await fetch(1) == .array([.integer(1), word(awkwardID), word(text)]))
        try await bench.expect([
            "leases": leases, "jobs": .hash([awkwardID: text]), "running": .hash([awkwardID: "1 1000"]),
            "meta": .hash(["fence": "1"]),
        ])
    }

    @Test func `no call takes more than 256`() async throws {
        let ids = (0..<300).map { "job-\($0)" }
        try await bench.set([
            "leases": leases, "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })),
            "ready": .list(ids),
        ])
        #expect(try await fetch(256).array().count == 1 + 2 * 256)
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == Array(ids.dropFirst(256)))
    }

    @Test func `of the jobs before their last crash one is handed out at a time, first and alone`() async throws {
        try await bench.lease()
        for id in ["a", "b"] { try await bench.enqueue(id) }
        try await bench.fetch()
        try await bench.rescue(maxCrashes: 2)
        try await bench.enqueue("h", record(priority: 9), priority: 9)
        #expect(try await bench.fetch(5, crashed: false) == ["h"])
        #expect(try await bench.fetch(1) == ["a"])
        #expect(try await bench.fetch(5, crashed: false) == [])
        try await bench.enqueue("c")
        #expect(try await bench.fetch(5) == ["b"])
        #expect(try await bench.fetch(5) == ["c"])
        #expect(try await bench.hash("links") == ["#seq": "2"])
    }

    @Test func `a cancelled job that was parked is not handed out`() async throws {
        try await bench.lease()
        try await bench.enqueue("a")
        try await bench.fetch()
        try await bench.rescue(maxCrashes: 2)
        try await bench.cancel("a")
        #expect(try await bench.fetch() == [])
        #expect(try await bench.list("done") == ["a"])
        #expect(try await bench.hash("meta")["tombstones"] == nil)
    }
}
