import Redis
import Testing

@testable import JobQueue

/// store_schedule.lua, had_text.lua
@Suite struct StoreScheduleTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func store(
        _ text: String, expected: Int = -1, epoch: Int = 0, keep: Int = 3, channel: String = "news"
    ) async throws -> String {
        try await bench.run(
            Scripts.storeSchedule, ["number", "versions", "epoch", "texts"],
            [.integer(expected), .integer(epoch), .integer(keep), .integer(1_000), "ops", .text(text), .text(channel)]
        ).array().map { value in
            if case .integer(let number) = value { return "\(number)" }
            return try value.string()
        }.joined(separator: " ")
    }

    @Test func `versions are numbered from one and the newest comes first`() async throws {
        #expect(try await store("a\nb") == "stored 1")
        #expect(try await store("c") == "stored 2")
        try await bench.expect([
            "number": .text("2"), "versions": .list(["2\t1000\tops\nc", "1\t1000\tops\na\nb"]),
        ])
    }

    @Test func `the active text is not stored again, an earlier one is`() async throws {
        _ = try await store("a")
        #expect(try await store("a") == "same 1")
        _ = try await store("b")
        #expect(try await store("a") == "stored 3")
    }

    @Test func `who has not seen the newest version is told so`() async throws {
        #expect(try await store("a", expected: 1) == "conflict 0")
        #expect(try await store("a", expected: 0) == "stored 1")
        #expect(try await store("b", expected: 0) == "conflict 1")
        try await bench.expect(["number": .text("1"), "versions": .list(["1\t1000\tops\na"])])
        #expect(try await store("b", expected: 1) == "stored 2")
    }

    @Test func `a scheduler that leads no more stores nothing`() async throws {
        try await bench.set(["epoch": .text("5")])
        #expect(try await store("a", epoch: 4) == "stale 0")
        try await bench.expect(["epoch": .text("5")])
        #expect(try await store("a", epoch: 5) == "stored 1")
    }

    @Test func `who listens hears of what is stored, and of nothing else`() async throws {
        let news = bench.redis.subscription(to: ["news of this test"])
        defer { news.close() }
        var events = news.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        for text in ["a", "a", "b"] { _ = try await store(text, channel: "news of this test") }
        for version in [1, 2] {
            guard case .message(let message) = await events.next() else { return }
            #expect(String(decoding: message.payload, as: UTF8.self) == "schedule \(version)")
        }
    }

    /// active_version.lua
    @Test func `the line of the newest version is had without its text`() async throws {
        func line() async throws -> String {
            try await bench.run(Scripts.activeVersion, ["versions"], []).string()
        }
        #expect(try await line() == "")
        _ = try await store("a\nb")
        _ = try await store("c\nd")
        #expect(try await line() == "2\t1000\tops")
        #expect(try await line() == "2\t1000\tops")
    }

    @Test func `only so many versions are kept, and of the others that they were there`() async throws {
        for text in ["a\nb", "b", "c", "d", "a\nb"] { _ = try await store(text) }
        #expect(try await bench.list("versions").count == 3)
        #expect(try await bench.list("versions").last == "3\t1000\tops\nc")
        // The SHA-1 of both texts.
        let digests = try await bench.redis.send(["ZRANGE", "texts", 0, -1, "WITHSCORES"]).strings()
        #expect(
            digests == [
                "fcd127ffa1016069006ad91f3f361248f9bdf272", "1", "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98", "2",
            ])
        for (text, expected) in [("a\nb", 1), ("b", 1), ("c", 0), ("e", 0)] {
            #expect(try await bench.run(Scripts.hadText, ["texts"], [.text(text)]).int() == expected, "\(text)")
        }
    }

    @Test func `the digests of ten thousand texts are kept`() async throws {
        let old = (0..<10_000).flatMap { [RedisWord.integer($0), .text("digest \($0)")] }
        _ = try await bench.redis.send(RedisCommand(["ZADD", "texts"] + old))
        for text in ["a", "b", "c", "d"] { _ = try await store(text) }
        #expect(try await bench.redis.send(["ZCARD", "texts"]) == .integer(10_000))
        #expect(try await bench.redis.send(["ZSCORE", "texts", "digest 0"]) == .null)
    }
}
