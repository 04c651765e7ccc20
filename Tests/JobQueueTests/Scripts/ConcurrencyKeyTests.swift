import Redis
import Testing

@testable import JobQueue

/// queue.lua, as seen through the scripts that it is put before: concurrency keys.
@Suite struct ConcurrencyKeyTests {
    let bench: ScriptBench
    private let capped = #"{"cap":"k"}"#
    private let two = #"{"cap":"k","cap_limit":2}"#

    init() async throws {
        bench = try await ScriptBench()
        try await bench.lease()
    }

    @Test func `the second of a key is parked and nobody has it`() async throws {
        for id in ["a", awkwardID] { try await bench.enqueue(id, record(options: capped)) }
        #expect(try await bench.fetch() == ["a"])
        let member = "cap=k 000000000001 \(awkwardID)"
        try await bench.expect([
            "leases": .scores(["w1": 9_000_000]),
            "jobs": .hash(["a": record(options: capped), awkwardID: record(options: capped)]),
            "running": .hash(["a": "1 1000"]), "aside": .scores([member: 0]),
            "links": .hash(["c:k": "a", "a:\(awkwardID)": member, "#seq": "1"]),
            "meta": .hash(["enqueued": "2", "fence": "1"]), "wake": .list(["1"]),
        ])
        #expect(try await bench.fetch() == [])
    }

    @Test(arguments: Departure.allCases)
    func `the next of a key goes first in the ready list however the one before leaves`(_ way: Departure) async throws {
        for id in ["a", "b", "c"] { try await bench.enqueue(id, record(options: capped)) }
        try await bench.fetch()
        try await bench.enqueue("z")
        try await way.take("a", options: capped, on: bench)
        #expect(try await bench.list("ready").filter { $0 != "a" } == ["b", "z"])
        #expect(try await bench.hash("links")["a:b"] == nil)
        #expect(try await bench.hash("links")["c:k"] == nil)
        #expect(try await bench.fetch(1, crashed: false) == ["b"])
        #expect(try await bench.hash("links")["c:k"] == "b")
        #expect(try await bench.members("aside").contains("cap=k 000000000002 c"))
    }

    @Test func `as many run as the limit says, in the order of their coming`() async throws {
        for id in ["a", "b", "c", "d"] { try await bench.enqueue(id, record(options: two)) }
        #expect(try await bench.fetch() == ["a", "b"])
        #expect(try await bench.hash("links")["c:k"] == "a b")
        try await bench.acknowledge("a", options: two)
        #expect(try await bench.hash("links")["c:k"] == "b")
        #expect(try await bench.fetch() == ["c"])
        #expect(try await bench.hash("links")["c:k"] == "b c")
        #expect(try await bench.fetch() == [])
        #expect(try await bench.members("aside") == ["cap=k 000000000002 d"])
    }

    @Test func `keys that begin alike do not hold one another up`() async throws {
        for (id, key) in [("a", "k"), ("b", "k!"), ("d", awkwardID)] {
            let options = #"{"cap":"\#(key)"}"#
            try await bench.enqueue(id, record(options: options))
            try await bench.enqueue("\(id)2", record(options: options))
        }
        #expect(try await bench.fetch() == ["a", "b", "d"])
        try await bench.acknowledge("a", options: capped)
        #expect(try await bench.fetch() == ["a2"])
        try await bench.acknowledge("d", options: #"{"cap":"\#(awkwardID)"}"#)
        #expect(try await bench.fetch() == ["d2"])
    }

    @Test func `a job of another priority that was held goes to its own place in line`() async throws {
        try await bench.enqueue("a", record(options: capped))
        try await bench.fetch()
        try await bench.enqueue("b", record(priority: -4, options: capped), priority: -4)
        #expect(try await bench.fetch() == [])
        try await bench.acknowledge("a", options: capped)
        #expect(try await Held.read("ranked", from: bench.redis) == .scores(["b": 4]))
    }

    @Test func `a job that is held can be cancelled and then admits nobody`() async throws {
        for id in ["a", "b"] { try await bench.enqueue(id, record(options: capped)) }
        try await bench.fetch()
        try await bench.cancel("b")
        #expect(try await bench.members("aside") == [])
        #expect(try await bench.list("done") == ["b"])
        try await bench.acknowledge("a", options: capped)
        #expect(try await bench.hash("links") == ["#seq": "1"])
        #expect(try await bench.list("ready") == [])
    }

    @Test func `a job with a unique key that is held keeps it and can be replaced`() async throws {
        let both = #"{"cap":"k","coalesce":true,"unique":"u"}"#
        try await bench.enqueue("a", record(options: capped))
        try await bench.enqueue("b", record(options: both, payload: "[1]"))
        #expect(try await bench.fetch() == ["a"])
        #expect(try await bench.enqueue("c", record(options: both, payload: "[2]")) == word("b coalesced"))
        #expect(try await bench.hash("links")["u:u"] == "0 b")
        try await bench.acknowledge("a", options: capped)
        #expect(try await bench.fetch() == ["b"])
        #expect(try await bench.hash("links") == ["c:k": "b", "#seq": "1"])
    }

    @Test func `a purge takes held jobs too and leaves the one that runs its key`() async throws {
        for id in ["a", "b"] { try await bench.enqueue(id, record(options: capped)) }
        try await bench.fetch()
        try await bench.purge()
        #expect(try await bench.hash("jobs").keys.sorted() == ["a"])
        #expect(try await bench.hash("links") == ["c:k": "a", "#seq": "1"])
    }
}
