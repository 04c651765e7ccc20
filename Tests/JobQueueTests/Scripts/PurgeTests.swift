import Redis
import Testing

@testable import JobQueue

/// purge.lua
@Suite struct PurgeTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func purge(_ limit: Int = 100) async throws -> RedisValue {
        try await bench.run(
            Scripts.purge, ScriptBench.block, [.integer(limit), 90_000])
    }

    @Test func `every waiting job goes, and what runs or is dead or finished stays`() async throws {
        let stay = ["run": record(), "dead": record("D"), "done": record("S")]
        let waiting = ["a": record(), awkwardID: record(), "high": record(), "later": record(), "again": record()]
        try await bench.set([
            "ready": .list(["a", awkwardID, "never"]), "ranked": .scores(["high": -5]),
            "scheduled": .scores(["later": 9]), "retrying": .scores(["again": 9]),
            "jobs": .hash(stay.merging(waiting) { $1 }.merging(["never": record("c")]) { $1 }),
            "meta": .hash(["tombstones": "1", "cancelled": "1"]),
        ])
        #expect(try await purge() == integers(5, 6))
        let expected: [String: Held] = [
            "jobs": .hash(stay), "meta": .hash(["tombstones": "0", "cancelled": "1", "purged": "5"]),
        ]
        try await bench.expect(expected)
        #expect(try await purge() == integers(0, 0))
        try await bench.expect(expected)
    }

    @Test func `a call takes no more than its limit, ordinary ones first`() async throws {
        try await bench.set([
            "ready": .list(["a", "b"]), "scheduled": .scores(["c": 1, "d": 2]),
            "jobs": .hash(["a": record(), "b": record(), "c": record(), "d": record()]),
        ])
        #expect(try await purge(3) == integers(3, 3))
        try await bench.expect([
            "scheduled": .scores(["d": 2]), "jobs": .hash(["d": record()]), "meta": .hash(["purged": "3"]),
        ])
    }

    @Test func `jobs that are parked go, and those that wait for their children stay`() async throws {
        let members = ["cap=k 000000000001 a", "crashed 000000000002 b", "kind=x@1 000000000003 \(awkwardID)"]
        let waiting = "batch 000000000004 p"
        try await bench.set([
            "aside": .scores(Dictionary(uniqueKeysWithValues: (members + [waiting]).map { ($0, 0) })),
            "links": .hash(["a:a": members[0], "a:b": members[1], "a:\(awkwardID)": members[2], "a:p": waiting]),
            "jobs": .hash(["a": record(), "b": record(), awkwardID: record(), "p": record("W")]),
        ])
        #expect(try await purge(1) == integers(1, 1))
        #expect(try await purge() == integers(2, 2))
        let expected: [String: Held] = [
            "aside": .scores([waiting: 0]), "links": .hash(["a:p": waiting]), "jobs": .hash(["p": record("W")]),
            "meta": .hash(["purged": "3"]),
        ]
        try await bench.expect(expected)
        #expect(try await purge() == integers(0, 0))
        try await bench.expect(expected)
    }

    @Test func `an id without a record is taken off the queue and counted as nothing`() async throws {
        try await bench.set(["ready": .list(["ghost"])])
        #expect(try await purge() == integers(0, 1))
        try await bench.expect([:])
    }

    @Test func `after a purge of more than one batch the books still balance`() async throws {
        let broker = Broker(redis: bench.redis)
        let queue = try QueueName("q")
        let job = NewJob(kind: try JobKind("k"), queue: queue)
        var later = job
        later.start = .after(milliseconds: 60_000)
        try await broker.enqueue(Array(repeating: job, count: 700) + Array(repeating: later, count: 50))
        #expect(try await broker.purge(queue) == 750)
        #expect(try await broker.purge(queue) == 0)
        let counts = try await QueueInspector(broker: broker).counts(of: queue)
        #expect(counts.ready == 0 && counts.scheduled == 0 && counts.enqueued == 750)
        #expect(try await QueueAuditor(broker: broker).audit().findings.isEmpty)
    }
}
