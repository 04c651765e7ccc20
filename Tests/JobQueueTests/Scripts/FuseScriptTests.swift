import Redis
import Testing

@testable import JobQueue

/// add_fuse.lua, remove_fuse.lua, release_fused.lua, and fetch.lua where a queue has fuses.
@Suite struct FuseScriptTests {
    let bench: ScriptBench
    private let fetchKeys = ScriptBench.block + ["running", "leases", "fuses"]
    private let leases = Held.scores(["w1": 9_000_000])

    init() async throws { bench = try await ScriptBench() }

    @discardableResult
    private func add(
        _ id: RedisWord, _ json: RedisWord, until: Int = 500_000, length: Int = 499_000, limit: Int = 100
    ) async throws -> RedisValue {
        try await bench.run(
            Scripts.addFuse, ["fuses"], [id, json, .integer(until), .integer(length), .integer(limit)])
    }

    private func fetch(_ wanted: Int = 10, now: Int = 1_000) async throws -> [String] {
        let answer = try await bench.run(
            Scripts.fetch, fetchKeys, ["w1", .integer(now), .integer(wanted), "ready"]
        ).array()
        return try stride(from: 1, to: answer.count - 1, by: 2).map { try answer[$0].string() }
    }

    private func release(now: Int, first: Int = 2, most: Int = 8) async throws -> Int {
        try await bench.run(
            Scripts.releaseFused, ScriptBench.block + ["fuses"],
            [.integer(now), .integer(first), .integer(most), 900]
        ).int()
    }

    private func parked() async throws -> [String] {
        try await bench.redis.send(["ZRANGE", "aside", 0, -1]).strings()
    }

    @Test func `a fuse is added once, up to a limit, and its kind is listed`() async throws {
        #expect(try await add("f1", #"{"kind":"a"}"#) == .integer(1))
        #expect(try await add("f1", #"{"kind":"b"}"#) == .integer(0))
        #expect(try await add("f2", #"{"kind":"a"}"#) == .integer(1))
        #expect(try await add("f3", #"{"kind":"c"}"#, limit: 2) == .integer(-1))
        try await bench.expect([
            "fuses": .hash([
                "f:f1": #"{"kind":"a"}"#, "t:f1": "500000 499000", "f:f2": #"{"kind":"a"}"#, "t:f2": "500000 499000",
                "#kinds": "\ta\t",
            ])
        ])
    }

    @Test func `a fuse is removed once, and its kind with the last one`() async throws {
        try await add("f1", #"{"kind":"a"}"#)
        try await add("f2", #"{"kind":"b"}"#)
        func remove(_ id: RedisWord) async throws -> RedisValue {
            try await bench.run(Scripts.removeFuse, ["fuses"], [id])
        }
        #expect(try await remove("f1") == .integer(1))
        #expect(try await remove("f1") == .integer(0))
        #expect(try await bench.hash("fuses")["#kinds"] == "\tb\t")
        #expect(try await remove("f2") == .integer(1))
        try await bench.expect([:])
    }

    @Test func `jobs of the kind are parked when they are fetched, others are claimed`() async throws {
        let other = record(kind: "other")
        try await add("f1", #"{"kind":"evaluation"}"#)
        let fuses = Held.hash(try await bench.hash("fuses"))
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": record(), "b": other, "c": record()]),
            "ready": .list(["a", "b", "c"]),
        ])
        #expect(try await fetch() == ["b"])
        let event = #"{"at":1000,"event":"parked","detail":"fuse=f1"}"#
        try await bench.expect([
            "leases": leases, "fuses": fuses, "running": .hash(["b": "1 1000"]), "meta": .hash(["fence": "1"]),
            "jobs": .hash(["a": record(events: event), "b": other, "c": record(events: event)]),
            "aside": .scores(["fuse=f1 000000000001 a": 0, "fuse=f1 000000000002 c": 0]),
            "links": .hash([
                "#seq": "2", "a:a": "fuse=f1 000000000001 a", "a:c": "fuse=f1 000000000002 c",
            ]),
        ])
    }

    @Test(arguments: [
        (#"{"product":"SOL-USD"}"#, #"{"product":"SOL-USD","side":"BUY"}"#, true),
        (#"{"product":"SOL-USD"}"#, #"{"product":"SOL"}"#, false), (#"{"product":"SOL-USD"}"#, "[1]", false),
        (#"{"product":"SOL-USD"}"#, #"{"side":"BUY"}"#, false), (#"{"bot_id":"7"}"#, #"{"bot_id":7}"#, true),
        (#"{"bot_id":"7.0"}"#, #"{"bot_id":7}"#, true), (#"{"bot_id":"8"}"#, #"{"bot_id":7}"#, false),
        (#"{"reconcile":"true"}"#, #"{"reconcile":true}"#, true), (#"{"a":"null"}"#, #"{"a":null}"#, false),
        (#"{"a":"x","b":"y"}"#, #"{"a":"x","b":"z"}"#, false), (#"{"a":"x","b":"y"}"#, #"{"b":"y","a":"x"}"#, true),
        (#"{"a":"x"}"#, "{\n\"a\": \"x\"\n}", true), (#"{"a":"x"}"#, #"{"a":["x"]}"#, false),
    ])
    func `a fuse parks jobs whose arguments match`(_ match: String, _ payload: String, _ isParked: Bool) async throws {
        try await add("f1", .text(#"{"kind":"evaluation","match":\#(match)}"#))
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": record(payload: payload)]), "ready": .list(["a"]),
        ])
        #expect(try await fetch() == (isParked ? [] : ["a"]))
        #expect(try await parked().count == (isParked ? 1 : 0))
    }

    @Test func `a fuse whose time is over parks nothing, and one of a clock that was ahead lasts its length`()
        async throws
    {
        try await add("f1", #"{"kind":"evaluation"}"#, until: 2_000, length: 1_000)
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": record(), "b": record()]), "ready": .list(["a", "b"]),
        ])
        #expect(try await fetch(1, now: 1_999) == [])
        #expect(try await fetch(1, now: 2_000) == ["b"])
        try await add("f2", #"{"kind":"evaluation"}"#, until: 900_000, length: 1_000)
        try await bench.set(["jobs": .hash(["c": record()]), "ready": .list(["c"])])
        #expect(try await fetch(1, now: 3_000) == [])
        #expect(try await bench.hash("fuses")["t:f2"] == "4000 1000")
    }

    @Test func `a job with a concurrency key is parked without a slot, and gives its turn to the next`() async throws {
        let options = #"{"cap":"k"}"#
        let jobs = ["a": record(options: options, payload: #"{"n":1}"#), "b": record(options: options)]
        try await bench.set([
            "leases": leases, "jobs": .hash(jobs), "ready": .list(["a"]),
            "aside": .scores(["cap=k 000000000001 b": 0]),
            "links": .hash(["#seq": "1", "a:b": "cap=k 000000000001 b", "n:k": "a"]),
        ])
        try await add("f1", #"{"kind":"evaluation","match":{"n":"1"}}"#)
        #expect(try await fetch() == [])
        #expect(try await bench.hash("links")["n:k"] == nil)
        #expect(try await bench.hash("links")["c:k"] == nil)
        _ = try await bench.run(Scripts.admitHeld, ScriptBench.block, ["", 64])
        #expect(try await fetch() == ["b"])
    }

    @Test func `jobs are released with a ramp once their fuse is gone`() async throws {
        let ids = (0..<20).map { "j\($0)" }
        try await bench.set([
            "leases": leases, "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })),
            "ready": .list(ids),
        ])
        try await add("f1", #"{"kind":"evaluation"}"#, until: 2_000, length: 1_000)
        #expect(try await fetch(20) == [])
        #expect(try await release(now: 1_999) == 0)
        #expect(try await release(now: 2_000) == 2)
        #expect(try await bench.list("ready") == ["j0", "j1"])
        #expect(try await bench.hash("fuses") == ["r:f1": "4 2000"])
        #expect(try await release(now: 2_899) == 0)
        #expect(try await release(now: 2_900) == 4)
        #expect(try await release(now: 3_800) == 8)
        #expect(try await release(now: 4_700) == 6)
        #expect(try await parked().isEmpty)
        #expect(try await bench.hash("fuses") == [:])
        #expect(try await bench.list("ready") == ids)
        #expect(try await release(now: 9_000) == 0)
        #expect(try await fetch(20) == ids)
    }

    @Test func `jobs stay parked as long as their own fuse is there`() async throws {
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": record(), "b": record(kind: "other")]), "ready": .list(["a", "b"]),
        ])
        try await add("f1", #"{"kind":"evaluation"}"#)
        try await add("f2", #"{"kind":"other"}"#)
        #expect(try await fetch() == [])
        _ = try await bench.run(Scripts.removeFuse, ["fuses"], ["f2"])
        #expect(try await release(now: 2_000) == 1)
        #expect(try await bench.list("ready") == ["b"])
        #expect(try await parked() == ["fuse=f1 000000000001 a"])
    }

    @Test func `a release keeps priorities, goes on after a clock that was set back, and isolates what has crashed`()
        async throws
    {
        try await bench.set([
            "leases": leases,
            "jobs": .hash(["a": record(priority: 5), "b": record(crashes: 1), "c": record()]),
            "ready": .list(["b", "c"]), "ranked": .scores(["a": -5]),
        ])
        try await add("f1", #"{"kind":"evaluation"}"#)
        #expect(try await fetch() == [])
        _ = try await bench.run(Scripts.removeFuse, ["fuses"], ["f1"])
        #expect(try await release(now: 900_000) == 2)
        #expect(try await Held.read("ranked", from: bench.redis) == .scores(["a": -5]))
        #expect(try await parked().first?.hasPrefix("crashed ") == true)
        #expect(try await release(now: 5_000) == 1)
        #expect(try await bench.list("ready") == ["c"])
    }

    @Test func `cancelling and purging a parked job leave nothing behind`() async throws {
        try await bench.set([
            "leases": leases, "jobs": .hash(["a": record(), "b": record()]), "ready": .list(["a", "b"]),
        ])
        try await add("f1", #"{"kind":"evaluation"}"#)
        #expect(try await fetch() == [])
        try await bench.cancel("a")
        #expect(
            try await bench.run(Scripts.purge, ScriptBench.block, [10, 2_000]).array().map { try $0.int() } == [1, 1])
        #expect(try await parked().isEmpty)
        #expect(try await bench.hash("links") == ["#seq": "2"])
    }
}
