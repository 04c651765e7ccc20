import Redis
import TestSupport
import Testing

@testable import CeleryBridge

/// effects.lua, as it runs by itself
@Suite struct EffectsTests {
    private let redis: RedisClient
    private let scripts = CeleryScripts()

    init() async throws { redis = try await SharedServer.client() }

    @discardableResult
    private func apply(_ words: String..., elsewhere: Int? = nil) async throws -> [String] {
        let own = "\(redis.address.database)"
        let databases = [own, elsewhere.map { "\($0)" } ?? own, own]
        let reply = try await redis.run(
            scripts.apply, keys: [], arguments: (["85000"] + databases + words).map { .text($0) })
        return try reply.strings(of: "effects")
    }

    private func get(_ key: String) async throws -> String? {
        try await redis.send(["GET", .text(key)]).optionalString(of: "GET")
    }

    private static func result(_ state: String) -> String { #"{"status": "\#(state)", "result": null}"# }

    @Test(arguments: [
        ("final", "SUCCESS", false), ("final", "FAILURE", true), ("final", "STARTED", true),
        ("state", "FAILURE", false), ("state", "RETRY", true), ("state", "REVOKED", false), ("first", "RETRY", false),
    ])
    func `a result replaces only what it may`(_ mode: String, _ before: String, _ replaces: Bool) async throws {
        _ = try await redis.send(["SET", "r", .text(Self.result(before))])
        try await apply("R", "r", "new", "60", mode)
        #expect(try await get("r") == (replaces ? "new" : Self.result(before)))
    }

    @Test func `a result is published with its time to live, or kept for good`() async throws {
        let subscription = redis.subscription(to: ["r"])
        defer { subscription.close() }
        var events = subscription.makeAsyncIterator()
        guard case .subscribed? = await events.next() else { return #expect(Bool(false), "not subscribed") }
        try await apply("R", "r", "new", "60", "final")
        guard case .message(let message)? = await events.next() else { return #expect(Bool(false), "no message") }
        #expect(String(decoding: message.payload, as: UTF8.self) == "new")
        #expect(try await redis.send(["TTL", "r"]).int() > 50)
        try await apply("R", "s", "new", "0", "final")
        #expect(try await redis.send(["TTL", "s"]).int() == -1)
    }

    @Test func `what hangs on a marker happens once`() async throws {
        for _ in 0..<2 { try await apply("O", "marker", "60", "6", "P", "q", "a", "P", "q", "b", "P", "q", "c") }
        let list = try await redis.send(["LRANGE", "q", 0, "-1"]).strings(of: "LRANGE")
        #expect(list == ["c", "c", "b", "a"])
    }

    @Test func `a list that is none any more stops nothing`() async throws {
        _ = try await redis.send(["SET", "q", "text"])
        try await apply("P", "q", "a", "R", "r", "new", "60", "final")
        #expect(try await get("r") == "new")
    }

    @Test func `the last member of a chord starts its body once`() async throws {
        func member(_ id: String, _ index: String) async throws -> [String] {
            try await apply("C", "g", index, "\(id):\(index)", "[1, \"\(id)\"]", "60", "chord~g", "record")
        }
        #expect(try await member("a", "0").isEmpty)
        try await apply("S", "g", "2", "60")
        #expect(try await member("a", "0").isEmpty, "a member that is delivered twice counts once")
        #expect(try await member("b", "1") == ["chord~g", "record"])
        #expect(try await member("b", "1") == ["chord~g", "record"], "the step that is repeated finds its own claim")
        #expect(try await get("g.c") == "chord~g")
        try await apply("F", "g")
        #expect(try await member("b", "1").isEmpty, "a late member starts nothing")
        #expect(try await redis.send(["EXISTS", "g.j", "g.s", "g.d"]).int() == 0)
    }

    @Test func `a chord whose body another worker has claimed is left to it`() async throws {
        _ = try await redis.send(["SET", "g.c", "token of Celery 5.7"])
        try await apply("S", "g", "1", "60")
        _ = try await redis.send(["SET", "g.c", "token of Celery 5.7"])
        let asked = try await apply("C", "g", "0", "a:0", "[1]", "60", "chord~g", "record")
        #expect(asked.isEmpty)
    }

    @Test func `writes go to their databases, and what is for another server waits`() async throws {
        let other = try await SharedServer.client()
        try await apply("P", "q", "a", "R", "r", "new", "60", "final", elsewhere: other.address.database)
        #expect(try await get("r") == nil)
        #expect(try await other.send(["GET", "r"]).optionalString(of: "GET") == "new")
        #expect(try await redis.send(["LLEN", "q"]).int() == 1)
        try await apply("B", "outbox", "[\"R\"]")
        #expect(try await redis.send(["LRANGE", "outbox", 0, "-1"]).strings(of: "LRANGE") == ["[\"R\"]"])
        try await apply("V", "saved", "value", "60")
        #expect(try await redis.send(["TTL", "saved"]).int() > 50)
    }
}
