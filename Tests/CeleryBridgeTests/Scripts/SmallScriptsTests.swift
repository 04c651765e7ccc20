import Redis
import TestSupport
import Testing

@testable import CeleryBridge

/// restore_unacked.lua, ring.lua, drop_first.lua and untold.lua
@Suite struct SmallScriptsTests {
    private let redis: RedisClient
    private let scripts = CeleryScripts()

    init() async throws { redis = try await SharedServer.client() }

    private func list(_ key: String) async throws -> [String] {
        try await redis.send(["LRANGE", .text(key), 0, "-1"]).strings(of: "LRANGE")
    }

    private func restore(_ held: String = "[1]", before limit: Double = 100) async throws -> Bool {
        try await redis.run(
            scripts.restore, keys: ["unacked", "index", "q"],
            arguments: ["tag", .text(held), .text("\(limit)"), "marked"]
        ).bool(of: "restore_unacked")
    }

    @Test func `a message that was held for too long goes back as the next one, once`() async throws {
        _ = try await redis.send(["RPUSH", "q", "waiting"])
        _ = try await redis.send(["HSET", "unacked", "tag", "[1]"])
        _ = try await redis.send(["ZADD", "index", "99.5", "tag"])
        #expect(try await restore())
        #expect(try await !restore())
        #expect(try await list("q") == ["waiting", "marked"])
        #expect(try await redis.send(["EXISTS", "unacked", "index"]).int() == 0)
    }

    @Test func `a message that was delivered again meanwhile stays`() async throws {
        _ = try await redis.send(["HSET", "unacked", "tag", "[2]"])
        _ = try await redis.send(["ZADD", "index", "99.5", "tag"])
        #expect(try await !restore())
        #expect(try await !restore("[2]", before: 99))
        #expect(try await redis.send(["EXISTS", "unacked", "index"]).int() == 2)
        #expect(try await list("q").isEmpty)
    }

    @Test func `the bell leaves one wake-up`() async throws {
        for _ in 0..<3 { _ = try await redis.run(scripts.ring, keys: ["wake"], arguments: []) }
        #expect(try await list("wake") == ["1"])
        #expect(try await redis.send(["PTTL", "wake"]).int() > 50_000)
    }

    @Test func `only the first entry is dropped, and only if it is still that one`() async throws {
        _ = try await redis.send(["RPUSH", "outbox", "a", "b"])
        for (entry, dropped) in [("b", false), ("a", true), ("a", false), ("b", true)] {
            let reply = try await redis.run(scripts.drop, keys: ["outbox"], arguments: [.text(entry)])
            #expect(try reply.bool(of: "drop_first") == dropped)
        }
    }

    @Test func `jobs that ended without an attempt are found`() async throws {
        func record(_ state: String, worker: String = "", outcome: String = "") -> String {
            "1\(state)0\techo\t0\t0\t500\t\t700\t\(worker)\n\n\n\(outcome)\n{}"
        }
        func dead(_ type: String) -> String { record("D", outcome: #"{"error":{"type":"\#(type)","message":""}}"#) }
        let records = [
            "crashed": dead("crash"), "failed": dead("ValueError"), "lost": dead("lease-lost"), "old": dead("crash"),
            "cancelled": record("C"), "stopped": record("C", worker: "w1"), "done": record("S", worker: "w1"),
        ]
        _ = try await redis.send(RedisCommand(["HSET", "jobs"] + records.flatMap { [.text($0), .text($1)] }))
        _ = try await redis.send(["ZADD", "dead", "900", "crashed", "901", "failed", "902", "lost", "100", "old"])
        _ = try await redis.send(["RPUSH", "done", "done", "cancelled", "stopped", "missing"])
        let found = try await redis.run(scripts.untold, keys: ["jobs", "dead", "done"], arguments: [800, 50])
        #expect(Set(try found.strings(of: "untold")) == ["crashed", "lost", "cancelled"])
    }
}
