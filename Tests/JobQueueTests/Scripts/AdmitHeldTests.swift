import Redis
import Testing

@testable import JobQueue

/// admit_held.lua
@Suite struct AdmitHeldTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func admit(after: String = "", limit: Int = 64) async throws -> RedisValue {
        try await bench.run(Scripts.admitHeld, ScriptBench.block, [.text(after), .integer(limit)])
    }

    /// Jobs that are parked, as `<reason> <id>`, with their records and links.
    private func set(_ jobs: [String], running: [String: String] = [:]) async throws {
        var (links, aside, records): ([String: String], [String: Int64], [String: String]) = (running, [:], [:])
        for (number, job) in jobs.enumerated() {
            let words = job.split(separator: " ").map(String.init)
            let digits = String(String(1_000_000_000_001 + number).dropFirst())
            let member = "\(words[0]) \(digits) \(words[1])"
            (links["a:\(words[1])"], aside[member], records[words[1]]) = (member, 0, record())
        }
        try await bench.set(["links": .hash(links), "aside": .scores(aside), "jobs": .hash(records)])
    }

    @Test func `the oldest of each key of which none runs goes back in line`() async throws {
        try await set(
            ["cap=k a", "cap=k b", "cap=\(awkwardID) \(awkwardID)", "cap=busy c", "kind=x@1 d", "crashed e", "batch f"],
            running: ["c:busy": "z"])
        #expect(try await admit() == .array([.integer(2), word("")]))
        #expect(try await bench.list("ready").sorted() == ["a", awkwardID].sorted())
        #expect(
            try await bench.members("aside") == [
                "batch 000000000007 f", "cap=busy 000000000004 c", "cap=k 000000000002 b", "crashed 000000000006 e",
                "kind=x@1 000000000005 d",
            ])
        let links = try await bench.hash("links")
        #expect(
            links.keys.sorted()
                == (["a:b", "a:c", "a:d", "a:e", "a:f", "c:busy", "n:k", "n:\(awkwardID)"]).sorted())
        #expect(try await bench.list("wake") == ["1", "1"])
    }

    @Test func `a call goes on after the key that the one before ended with`() async throws {
        try await set(["cap=a j1", "cap=a! j2", "cap=aa j3", "cap=b j4"])
        #expect(try await admit(limit: 2) == .array([.integer(2), word("a!")]))
        #expect(try await admit(after: "a!", limit: 2) == .array([.integer(2), word("b")]))
        #expect(try await admit(after: "b", limit: 2) == .array([.integer(0), word("")]))
        #expect(try await bench.list("ready") == ["j4", "j3", "j2", "j1"])
        try await bench.expect([
            "jobs": .hash(["j1": record(), "j2": record(), "j3": record(), "j4": record()]),
            "ready": .list(["j4", "j3", "j2", "j1"]), "wake": .list(["1", "1", "1", "1"]),
            "links": .hash(["n:a": "j1", "n:a!": "j2", "n:aa": "j3", "n:b": "j4"]),
        ])
    }

    @Test func `nobody is added to one that is in line already, until that one is gone`() async throws {
        let options = #"{"cap":"k"}"#
        try await bench.lease()
        for id in ["a", "b", "c", "d"] { try await bench.enqueue(id, record(options: options)) }
        try await bench.fetch()
        try await bench.acknowledge("a", options: options)
        #expect(try await bench.list("ready") == ["b"])
        #expect(try await admit() == .array([.integer(0), word("")]))
        #expect(try await bench.list("ready") == ["b"])
        try await bench.cancel("b")
        #expect(try await bench.hash("links")["n:k"] == nil)
        #expect(try await admit() == .array([.integer(1), word("")]))
        #expect(try await admit() == .array([.integer(0), word("")]))
        #expect(try await bench.fetch() == ["c"])
        #expect(try await bench.hash("links")["n:k"] == nil)
    }

    @Test(arguments: [nil, record(), record("C", finished: 5, options: #"{"cap":"k"}"#)] as [String?])
    func `one that was in line and is another job or none now holds nobody up`(_ next: String?) async throws {
        try await set(["cap=k a"], running: ["n:k": "x"])
        if let next { _ = try await bench.redis.send(["HSET", "jobs", "x", .text(next)]) }
        #expect(try await admit() == .array([.integer(1), word("")]))
        #expect(try await bench.hash("links") == ["n:k": "a"])
    }

    @Test func `an empty queue is left alone`() async throws {
        #expect(try await admit() == .array([.integer(0), word("")]))
        try await bench.expect([:])
    }

    @Test func `an id without a record is dropped by the next fetch`() async throws {
        try await set(["cap=k a"])
        _ = try await bench.redis.send(["DEL", "jobs"])
        #expect(try await admit() == .array([.integer(1), word("")]))
        try await bench.lease()
        #expect(try await bench.fetch() == [])
        #expect(try await bench.list("ready") == [])
    }
}
