import Redis
import TestSupport
import Testing

@testable import Exchange

/// commit_paper.lua
@Suite struct CommitPaperTests {
    private static let script = RedisScript(
        name: "commit_paper", source: String(decoding: PackageResources.commit_paper_lua, as: UTF8.self))
    private static let done = reply(1)
    private static let conflict = reply(0)

    let bench: PaperScriptBench
    /// An account with one resting order and one that is done.
    private let start: PaperScriptBench.Content = [
        "account": ["version": "7", "available:USD": "90", "hold:USD": "10"],
        "open": ["a": "a rests"], "closed": ["z": "z was filled"], "timeline": ["z": "1000", "a": "2000"],
    ]

    init() async throws { bench = try await PaperScriptBench() }

    private static func reply(_ code: Int64, _ record: String = "") -> RedisValue {
        .array([.integer(code), .bulk(Array(record.utf8))])
    }

    private func commit(
        version: String = "7", new id: String = "", created: Int = 0, limit: Int = 100,
        fields: [(String, String)] = [], orders: [(id: String, place: String, record: String)] = []
    ) async throws -> RedisValue {
        var words: [RedisWord] = [.text(version), .text(id), .integer(created), .integer(limit)]
        words.append(.integer(fields.count))
        words += fields.flatMap { [.text($0), .text($1)] }
        words += orders.flatMap { [.text($0.id), .text($0.place), .text($0.record)] }
        let keys = ["account", "open", "closed", "timeline"]
        return try await bench.redis.run(Self.script, keys: keys, arguments: words)
    }

    @Test func `the first commit makes the account`() async throws {
        let fields = [("available:USD", "90"), ("hold:USD", "10")]
        #expect(
            try await commit(
                version: "0", new: "a", created: 2000, fields: fields, orders: [("a", "open", "a rests")]) == Self.done)
        try await bench.expect([
            "account": ["version": "1", "available:USD": "90", "hold:USD": "10"],
            "open": ["a": "a rests"], "timeline": ["a": "2000"],
        ])
    }

    @Test func `a new order that is filled at once never rests`() async throws {
        try await bench.set(start)
        #expect(
            try await commit(
                new: "b", created: 3000, fields: [("available:USD", "50"), ("available:BTC", "1")],
                orders: [("b", "closed", "b is filled")]) == Self.done)
        try await bench.expect([
            "account": ["version": "8", "available:USD": "50", "hold:USD": "10", "available:BTC": "1"],
            "open": ["a": "a rests"], "closed": ["z": "z was filled", "b": "b is filled"],
            "timeline": ["z": "1000", "a": "2000", "b": "3000"],
        ])
    }

    @Test func `orders that fill leave the resting ones together with their holds`() async throws {
        try await bench.set(start)
        try await bench.set(["open": ["c": "c rests", "d": "d rests"], "timeline": ["c": "2001", "d": "2002"]])
        #expect(
            try await commit(
                fields: [("hold:USD", "0")],
                orders: [("a", "closed", "a is filled"), ("c", "open", "c is half filled")]) == Self.done)
        try await bench.expect([
            "account": ["version": "8", "available:USD": "90", "hold:USD": "0"],
            "open": ["c": "c is half filled", "d": "d rests"], "closed": ["z": "z was filled", "a": "a is filled"],
            "timeline": ["z": "1000", "a": "2000", "c": "2001", "d": "2002"],
        ])
    }

    @Test func `amounts and records are kept to the letter`() async throws {
        let amount = "123456789012345678901.000000000000000010"
        let record = "{\n\t\"text\": \"Größe 漢字 🚀 \\n ] } %d ' open\"}\n"
        let id = "order:7/BTC-USD[*]%d+{x}?#$^~|"
        _ = try await commit(
            version: "0", new: id, created: 1_760_600_010_123, fields: [("available:USD", amount)],
            orders: [(id, "open", record)])
        try await bench.expect([
            "account": ["version": "1", "available:USD": amount], "open": [id: record],
            "timeline": [id: "1760600010123"],
        ])
    }

    @Test(arguments: ["0", "6", "8", "07", ""])
    func `a stale version changes nothing`(_ version: String) async throws {
        try await bench.set(start)
        #expect(
            try await commit(
                version: version, new: "b", created: 3000, limit: 0, fields: [("available:USD", "0")],
                orders: [("a", "closed", "a is filled"), ("b", "open", "b rests")]) == Self.conflict)
        try await bench.expect(start)
    }

    @Test func `a version of an account that does not exist changes nothing`() async throws {
        #expect(
            try await commit(
                version: "1", new: "b", created: 3000, fields: [("available:USD", "0")],
                orders: [("b", "open", "b rests")]) == Self.conflict)
        try await bench.expect([:])
    }

    @Test(arguments: ["open", "closed"])
    func `the second call gives the order that the first one made`(_ place: String) async throws {
        _ = try await commit(version: "0", new: "b", created: 3000, orders: [("b", place, "the first")])
        let after: PaperScriptBench.Content = [
            "account": ["version": "1"], place: ["b": "the first"], "timeline": ["b": "3000"],
        ]
        for version in ["0", "1"] {
            #expect(
                try await commit(
                    version: version, new: "b", created: 4000, limit: 0, fields: [("available:USD", "1")],
                    orders: [("b", "open", "the second")]) == Self.reply(2, "the first"))
            try await bench.expect(after)
        }
    }

    @Test func `the second call without a new order is a conflict`() async throws {
        try await bench.set(start)
        #expect(try await commit(orders: [("a", "closed", "a is cancelled")]) == Self.done)
        #expect(try await commit(orders: [("a", "closed", "a is filled")]) == Self.conflict)
        try await bench.expect([
            "account": ["version": "8", "available:USD": "90", "hold:USD": "10"],
            "closed": ["z": "z was filled", "a": "a is cancelled"], "timeline": ["z": "1000", "a": "2000"],
        ])
    }

    @Test func `an empty change moves the version only`() async throws {
        try await bench.set(start)
        #expect(try await commit() == Self.done)
        var after = start
        after["account"]?["version"] = "8"
        try await bench.expect(after)
    }

    @Test func `an empty change of a missing account makes its version`() async throws {
        #expect(try await commit(version: "0") == Self.done)
        try await bench.expect(["account": ["version": "1"]])
    }
}

/// commit_paper.lua, where it forgets old orders.
@Suite struct CommitPaperLimitTests {
    private static let script = RedisScript(
        name: "commit_paper", source: String(decoding: PackageResources.commit_paper_lua, as: UTF8.self))

    let bench: PaperScriptBench

    init() async throws { bench = try await PaperScriptBench() }

    /// Commits the new order "new" to an account at version 1.
    private func commit(limit: Int) async throws {
        let reply = try await bench.redis.run(
            Self.script, keys: ["account", "open", "closed", "timeline"],
            arguments: ["1", "new", 9000, .integer(limit), 0, "new", "open", "rests"])
        #expect(reply == .array([.integer(1), .bulk([])]))
    }

    @Test func `as many orders as the limit allows are remembered`() async throws {
        try await bench.set(["account": ["version": "1"], "closed": ["x": "done"], "timeline": ["x": "1000"]])
        try await commit(limit: 2)
        try await bench.expect([
            "account": ["version": "2"], "open": ["new": "rests"], "closed": ["x": "done"],
            "timeline": ["x": "1000", "new": "9000"],
        ])
    }

    @Test func `beyond the limit the oldest order that is done is forgotten, one for each commit`() async throws {
        try await bench.set([
            "account": ["version": "1"], "closed": ["x": "done", "y": "done", "z": "done"],
            "timeline": ["z": "1000", "y": "1001", "x": "1002"],
        ])
        try await commit(limit: 1)
        try await bench.expect([
            "account": ["version": "2"], "open": ["new": "rests"], "closed": ["x": "done", "y": "done"],
            "timeline": ["y": "1001", "x": "1002", "new": "9000"],
        ])
    }

    @Test func `a resting order is never forgotten, however old`() async throws {
        let resting = Dictionary(uniqueKeysWithValues: (0..<9).map { ("rest-\($0)", "rests") })
        let times = Dictionary(uniqueKeysWithValues: (0..<9).map { ("rest-\($0)", "\(1000 + $0)") })
        try await bench.set([
            "account": ["version": "1"], "open": resting, "closed": ["x": "done"],
            "timeline": times.merging(["x": "2000"]) { $1 },
        ])
        try await commit(limit: 5)
        try await bench.expect([
            "account": ["version": "2"], "open": resting.merging(["new": "rests"]) { $1 },
            "timeline": times.merging(["new": "9000"]) { $1 },
        ])
    }

    @Test func `when nothing but resting orders is left nothing is forgotten`() async throws {
        try await bench.set(["account": ["version": "1"], "open": ["a": "rests"], "timeline": ["a": "1000"]])
        try await commit(limit: 0)
        try await bench.expect([
            "account": ["version": "2"], "open": ["a": "rests", "new": "rests"],
            "timeline": ["a": "1000", "new": "9000"],
        ])
    }
}

/// An empty server on which one script of the paper exchange is run: set, run, compare every key.
struct PaperScriptBench: Sendable {
    /// Key → field → value, or member → score for `timeline`, the only sorted set.
    typealias Content = [String: [String: String]]

    let redis: RedisClient
    private let server: TemporaryRedis

    init() async throws {
        server = try await TemporaryRedis.start()
        redis = server.client()
    }

    /// Puts content beside what is there.
    func set(_ content: Content) async throws {
        let commands = content.map { key, fields in
            key == "timeline"
                ? RedisCommand(["ZADD", .text(key)] + fields.flatMap { [.text($1), .text($0)] })
                : RedisCommand(["HSET", .text(key)] + fields.flatMap { [.text($0), .text($1)] })
        }
        for reply in try await redis.pipeline(commands) { _ = try reply.checked() }
    }

    func expect(_ content: Content, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var found: Content = [:]
        for key in try await redis.send(["KEYS", "*"]).strings() {
            let command: RedisCommand =
                key == "timeline" ? ["ZRANGE", .text(key), 0, -1, "WITHSCORES"] : ["HGETALL", .text(key)]
            let pairs = try await redis.send(command).pairs().map { ($0.name, try $0.value.string()) }
            found[key] = Dictionary(uniqueKeysWithValues: pairs)
        }
        #expect(found == content, sourceLocation: sourceLocation)
    }
}
