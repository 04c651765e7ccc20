import Redis
import Testing

@testable import JobQueue

/// restore_setting.lua
@Suite struct RestoreSettingTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    /// - Parameter fields: name, whether it is guarded, what the change left, what it gets.
    private func restore(
        _ fields: [(String, Bool, String?, String?)], whole: Bool = false, notify: Bool = false, lifetime: Int = 0
    ) async throws -> RedisValue {
        let words = fields.flatMap { name, isGuarded, left, wanted -> [RedisWord] in
            [
                .text(name), isGuarded ? "1" : "0", .text(left.map { "=" + $0 } ?? ""),
                .text(wanted.map { "=" + $0 } ?? ""),
            ]
        }
        return try await bench.run(
            Scripts.restoreSetting, ["set", "wake"],
            [notify ? "1" : "0", .integer(lifetime), whole ? "1" : "0", .integer(fields.count)] + words)
    }

    private func answer(_ parts: RedisValue...) -> RedisValue { .array(parts) }

    @Test func `fields get what they had, others stay`() async throws {
        try await bench.set(["set": .hash(["a": "2", "c": "9"])])
        let fields = [("a", true, "2", "1"), ("b", true, nil, "=x")] as [(String, Bool, String?, String?)]
        #expect(try await restore(fields) == answer(word("restored"), .integer(2)))
        try await bench.expect(["set": .hash(["a": "1", "b": "=x", "c": "9"])])
        // A second time the fields are not what the change left.
        #expect(try await restore(fields) == answer(word("moved"), word("a"), word("1")))
        try await bench.expect(["set": .hash(["a": "1", "b": "=x", "c": "9"])])
    }

    @Test func `a field that was absent goes, and with the last one the key`() async throws {
        try await bench.set(["set": .hash(["a": ""])])
        #expect(try await restore([("a", true, "", nil)], notify: true) == answer(word("restored"), .integer(1)))
        try await bench.expect(["wake": .list(["1"])])
        #expect(try await bench.lifetime(of: "wake") > 50_000)
    }

    @Test func `what others have changed is an obstacle only in a guarded field`() async throws {
        try await bench.set(["set": .hash(["a": "2", "f": "5"])])
        #expect(
            try await restore([("a", true, "2", "1"), ("f", false, nil, "3")])
                == answer(word("restored"), .integer(1)))
        try await bench.expect(["set": .hash(["a": "1", "f": "5"])])
        #expect(try await restore([("f", true, nil, "3")]) == answer(word("moved"), word("f"), word("5")))
        #expect(try await restore([("g", true, "1", "3")]) == answer(word("moved"), word("g"), word("")))
    }

    @Test func `a whole hash must hold nothing else`() async throws {
        try await bench.set(["set": .hash(["a": "2", "new": "1"])])
        #expect(try await restore([("a", true, "2", nil)], whole: true) == answer(word("moved"), word(""), word("")))
        _ = try await bench.redis.send(["HDEL", "set", "new"])
        #expect(
            try await restore([("a", true, "2", nil), ("b", true, nil, "7")], whole: true, lifetime: 90_000)
                == answer(word("restored"), .integer(2)))
        try await bench.expect(["set": .hash(["b": "7"])])
        #expect(try await bench.lifetime(of: "set") > 80_000)
    }
}
