import Redis
import Testing

@testable import JobQueue

/// queue.lua, as seen through the scripts that it is put before: unique keys.
@Suite struct UniqueTests {
    let bench: ScriptBench
    private let unique = #"{"unique":"k"}"#
    private let coalescing = #"{"coalesce":true,"unique":"k"}"#
    private let kept = #"{"unique":"k","unique_until_ms":5000}"#

    init() async throws {
        bench = try await ScriptBench()
        try await bench.lease()
    }

    @Test func `a second job of a unique key is told who holds it and nothing changes`() async throws {
        #expect(try await bench.enqueue("a", record(options: unique)) == .integer(1))
        let expected: [String: Held] = [
            "leases": .scores(["w1": 9_000_000]), "jobs": .hash(["a": record(options: unique)]),
            "ready": .list(["a"]), "links": .hash(["u:k": "0 a"]), "meta": .hash(["enqueued": "1"]),
            "wake": .list(["1"]),
        ]
        try await bench.expect(expected)
        #expect(try await bench.enqueue("b", record(options: unique, payload: "[2]"), priority: 5) == word("a"))
        #expect(try await bench.enqueue("a", record(options: unique, payload: "[2]")) == .integer(0))
        try await bench.expect(expected)
    }

    @Test func `keys and ids of all characters are told apart`() async throws {
        let awkward = #"{"unique":"\#(awkwardID)"}"#
        #expect(try await bench.enqueue(awkwardID, record(options: awkward)) == .integer(1))
        #expect(try await bench.enqueue("~\(awkwardID)", record(options: #"{"unique":"~"}"#)) == .integer(1))
        #expect(try await bench.enqueue("full", record(options: #"{"unique":"full"}"#)) == .integer(1))
        #expect(try await bench.enqueue("x", record(options: awkward)) == word(awkwardID))
        #expect(try await bench.enqueue("x", record(options: #"{"unique":"~"}"#)) == word("~\(awkwardID)"))
        #expect(try await bench.fetch() == [awkwardID, "~\(awkwardID)", "full"])
        try await bench.acknowledge(awkwardID, options: awkward)
        #expect(try await bench.hash("links") == ["u:~": "0 ~\(awkwardID) r", "u:full": "0 full r"])
    }

    @Test func `options that only mention a key in a text hold nothing`() async throws {
        let text = record(options: #"{"checkpoint":"{\"unique\":\"k\"}","depth":1}"#, payload: #"{"unique":"k"}"#)
        #expect(try await bench.enqueue("a", text) == .integer(1))
        #expect(try await bench.enqueue("b", text) == .integer(1))
        #expect(try await bench.enqueue("c", record(options: #"{"unique":"#)) == .integer(1))
        #expect(try await bench.hash("links").isEmpty)
    }

    @Test(arguments: Departure.ends)
    func `a key is free again when its job is over`(_ end: Departure) async throws {
        try await bench.enqueue("a", record(options: unique))
        #expect(try await bench.fetch() == ["a"])
        #expect(try await bench.hash("links") == ["u:k": "0 a r"])
        try await end.take("a", options: unique, on: bench)
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.enqueue("b", record(options: unique)) == .integer(1))
    }

    @Test(arguments: [false, true])
    func `a key is free again when its waiting job is cancelled or purged`(_ isPurged: Bool) async throws {
        try await bench.enqueue("a", record(options: unique))
        if isPurged { try await bench.purge() } else { try await bench.cancel("a") }
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.enqueue("b", record(options: unique)) == .integer(1))
    }

    @Test(arguments: Departure.returns)
    func `a job that comes back keeps its key`(_ way: Departure) async throws {
        try await bench.enqueue("a", record(options: unique))
        try await bench.fetch()
        try await way.take("a", options: unique, on: bench)
        #expect(try await bench.hash("links")["u:k"] == "0 a")
        #expect(try await bench.enqueue("b", record(options: unique)) == word("a"))
    }

    @Test(arguments: Departure.ends)
    func `a key with a time is kept until then whatever becomes of its job`(_ end: Departure) async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.fetch()
        try await end.take("a", options: kept, on: bench)
        #expect(try await bench.hash("links")["u:k"]?.hasPrefix("5000 a") == true)
        #expect(try await bench.members("expiring") == ["u:k"])
        #expect(try await bench.enqueue("b", record(options: unique), now: 4_999) == word("a"))
        #expect(try await bench.enqueue("b", record(options: unique), now: 5_000) == .integer(1))
        #expect(try await bench.hash("links") == ["u:k": "0 b"])
    }

    @Test func `a job that lives longer than its key's time keeps it to its end`() async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.sweep(now: 6_000)
        #expect(try await bench.members("expiring") == [])
        #expect(try await bench.enqueue("b", record(options: unique), now: 6_000) == word("a"))
        try await bench.fetch()
        try await bench.acknowledge("a", options: kept, now: 6_000)
        #expect(try await bench.hash("links").isEmpty)
    }

    @Test func `a key past its time is swept when its job is over`() async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.fetch()
        try await bench.acknowledge("a", options: kept)
        try await bench.sweep(now: 4_999)
        #expect(try await bench.hash("links") == ["u:k": "5000 a r"])
        try await bench.sweep(now: 5_000)
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.members("expiring") == [])
    }

    @Test func `a key that is kept outlives the record of a job that did its work`() async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.fetch()
        try await bench.acknowledge("a", options: kept)
        try await bench.forget("a")
        #expect(try await bench.enqueue("b", record(options: unique)) == word("a"))
        try await bench.sweep(now: 5_000)
        #expect(try await bench.enqueue("b", record(options: unique)) == .integer(1))
    }

    @Test(arguments: [Departure.cancelled, .expired])
    func `the key of a job that did not do its work goes with its record`(_ end: Departure) async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.fetch()
        try await end.take("a", options: kept, on: bench)
        try await bench.forget("a")
        #expect(try await bench.enqueue("b", record(options: unique)) == .integer(1))
    }

    @Test func `a job that is purged holds no key, however long it was to be kept`() async throws {
        try await bench.enqueue("a", record(options: kept))
        try await bench.purge()
        #expect(try await bench.hash("jobs").isEmpty)
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.enqueue("b", record(options: unique)) == .integer(1))
    }

    @Test func `a coalescing job replaces what the waiting one would do`() async throws {
        try await bench.enqueue("a", record(options: coalescing, payload: "[1]"))
        let newer = record(enqueued: 900, options: coalescing, payload: awkwardPayload)
        #expect(try await bench.enqueue("b", newer) == word("a coalesced"))
        let merged = record(
            enqueued: 900, options: coalescing, events: #"{"at":1000,"event":"coalesced"}"#, payload: awkwardPayload)
        try await bench.expect([
            "leases": .scores(["w1": 9_000_000]), "jobs": .hash(["a": merged]), "ready": .list(["a"]),
            "links": .hash(["u:k": "0 a"]), "meta": .hash(["enqueued": "1", "coalesced": "1"]), "wake": .list(["1"]),
        ])
        #expect(try await bench.enqueue("a", newer) == .integer(0))
    }

    @Test func `a coalescing job replaces nothing that runs`() async throws {
        try await bench.enqueue("a", record(options: coalescing, payload: "[1]"))
        try await bench.fetch()
        #expect(try await bench.hash("links").isEmpty)
        #expect(try await bench.enqueue("b", record(options: coalescing, payload: "[2]")) == .integer(1))
        #expect(try await bench.enqueue("c", record(options: coalescing, payload: "[3]")) == word("b coalesced"))
        #expect(try await bench.hash("jobs")["a"] == record(options: coalescing, payload: "[1]"))
        #expect(try await bench.hash("links") == ["u:k": "0 b"])
        try await bench.acknowledge("a", options: coalescing)
        #expect(try await bench.hash("links") == ["u:k": "0 b"])
    }

    @Test func `a coalescing job does not replace one that runs and does not coalesce`() async throws {
        try await bench.enqueue("a", record(options: unique))
        try await bench.fetch()
        #expect(try await bench.enqueue("b", record(options: coalescing)) == word("a"))
        #expect(try await bench.hash("jobs") == ["a": record(options: unique)])
    }

    @Test(arguments: Departure.returns)
    func `a coalescing job that comes back takes its key again unless another has it`(_ way: Departure) async throws {
        try await bench.enqueue("a", record(options: coalescing))
        try await bench.fetch()
        try await way.take("a", options: coalescing, on: bench)
        #expect(try await bench.hash("links")["u:k"] == "0 a")
        #expect(try await bench.enqueue("b", record(options: coalescing)) == word("a coalesced"))
    }

    @Test func `a coalescing job that comes back leaves the key to the one that came meanwhile`() async throws {
        try await bench.enqueue("a", record(options: coalescing))
        try await bench.fetch()
        try await bench.enqueue("b", record(options: coalescing))
        try await bench.retry("a", options: coalescing)
        #expect(try await bench.hash("links") == ["u:k": "0 b"])
        #expect(try await bench.fetch() == ["b"])
        try await bench.acknowledge("b", options: coalescing)
        #expect(try await bench.hash("links").isEmpty)
    }

    @Test func `a child that another job waits for is not replaced`() async throws {
        let child = record(options: #"{"batch":"q/p","coalesce":true,"unique":"k"}"#)
        try await bench.enqueue("a", child)
        #expect(try await bench.enqueue("b", record(options: coalescing)) == word("a"))
        #expect(try await bench.hash("jobs") == ["a": child])
        #expect(try await bench.enqueue("b", child) == word("a coalesced"))
    }

    @Test func `a dead job goes back in line only while nobody has its key`() async throws {
        try await bench.enqueue("a", record(options: unique))
        try await bench.fetch()
        try await bench.deadLetter("a", options: unique)
        try await bench.enqueue("b", record(options: unique))
        let again: [RedisWord] = [1, "a", .text(record(options: unique))]
        #expect(try await bench.run(Scripts.requeueDead, ScriptBench.block, again) == words("b"))
        #expect(try await bench.members("dead") == ["a"])
        try await bench.cancel("b")
        #expect(try await bench.run(Scripts.requeueDead, ScriptBench.block, again) == integers(1))
        #expect(try await bench.hash("links") == ["u:k": "0 a"])
    }
}
