import Redis
import Testing

@testable import JobQueue

/// take_messages.lua and count_messages.lua
@Suite struct TakeMessagesTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func take(
        _ most: Int = 10, from lists: [String] = ["urgent", "late"], now: Int = 85_000, bytes: Int = 1_000_000,
        longest: Int = 4_000
    ) async throws -> RedisValue {
        try await bench.run(
            Scripts.takeMessages, ScriptBench.block + ["running", "leases", "fuses"] + lists,
            [
                "w1", .integer(now), .integer(most), "", .integer(bench.redis.address.database), .integer(bytes),
                "strange", .integer(longest), "apart:",
            ])
    }

    private static func message(_ id: String, task: String = "echo") -> String {
        #"{"body": "W10=", "headers": {"task": "\#(task)", "id": "\#(id)"}}"#
    }

    private func taken(_ message: String, kind: String = "echo") -> String {
        record(kind: kind, enqueued: 85_000, payload: message)
    }

    private let lease: [String: Held] = ["leases": .scores(["w1": 99_000])]

    @Test func `messages become claimed jobs, the urgent list first, the oldest of each first`() async throws {
        let (a, b, c) = (Self.message("a"), Self.message("b"), Self.message("c", task: "Not A Kind"))
        try await bench.set(lease.merging(["urgent": .list([b, a]), "late": .list([c])]) { $1 })
        let answer = try await take(2)
        #expect(answer == .array([.integer(1), word("a"), word(taken(a)), word("b"), word(taken(b))]))
        #expect(try await take() == .array([.integer(2), word("c"), word(taken(c, kind: "strange"))]))
        try await bench.expect(
            lease.merging([
                "jobs": .hash(["a": taken(a), "b": taken(b), "c": taken(c, kind: "strange")]),
                "running": .hash(["a": "1 85000", "b": "1 85000", "c": "2 85000"]),
                "meta": .hash(["fence": "2", "enqueued": "3"]),
            ]) { $1 })
    }

    @Test func `an id that is taken or cannot be one is replaced`() async throws {
        let message = Self.message("a")
        let odd = #"{"headers": {"task": "echo", "id": "two words"}}"#
        let known = record("S", finished: 700)
        try await bench.set(
            lease.merging(["urgent": .list([odd, message, message]), "jobs": .hash(["a": known])]) { $1 })
        _ = try await take()
        try await bench.expect(
            lease.merging([
                "jobs": .hash([
                    "a": known, "a~1.1": taken(message), "a~1.2": taken(message), "message~1.3": taken(odd),
                ]),
                "running": .hash(["a~1.1": "1 85000", "a~1.2": "1 85000", "message~1.3": "1 85000"]),
                "meta": .hash(["fence": "1", "enqueued": "3"]),
            ]) { $1 })
    }

    @Test func `what is no object of JSON becomes a string of it`() async throws {
        let odd = "no \"JSON\" é"
        try await bench.set(lease.merging(["urgent": .list([odd])]) { $1 })
        _ = try await take()
        let payload = try await bench.envelope(of: "message~1.1").payload
        // Each of the two bytes of é is a character of its own.
        #expect(String(decoding: payload, as: UTF8.self) == #""no \"JSON\" Ã©""#)
    }

    @Test func `without a lease, or in a paused queue, no message is taken`() async throws {
        let before: [String: Held] = ["urgent": .list([Self.message("a")])]
        try await bench.set(before)
        #expect(try await take() == words("lost"))
        try await bench.set(["leases": .scores(["w1": 85_000])])
        #expect(try await take() == words("lost"))
        try await bench.set(lease.merging(["meta": .hash(["paused_until": "0"])]) { $1 })
        #expect(try await take() == words("paused"))
        try await bench.expect(before.merging(lease) { $1 }.merging(["meta": .hash(["paused_until": "0"])]) { $1 })
    }

    @Test func `what is too much for one step goes back in its order`() async throws {
        let messages = ["d", "c", "b", "a"].map { Self.message($0) }
        try await bench.set(lease.merging(["urgent": .list(messages)]) { $1 })
        let answer = try await take(4, bytes: messages[0].utf8.count + 1)
        #expect(try answer.array().count == 5)
        #expect(try await Held.read("urgent", from: bench.redis) == .list(Array(messages.prefix(2))))
    }

    @Test func `a message that is too long is kept apart`() async throws {
        let long = Self.message("a") + String(repeating: " ", count: 5_000)
        let garbage = String(repeating: "x", count: 5_000)
        try await bench.set(lease.merging(["urgent": .list([garbage, long])]) { $1 })
        _ = try await take(longest: 100)
        // It is parsed, and still too long for a job.
        #expect(try await bench.envelope(of: "a").kind.description == "echo")
        let payload = String(decoding: try await bench.envelope(of: "message~1.2").payload, as: UTF8.self)
        #expect(payload.contains("\"oversize\":5000"))
        #expect(payload.contains("apart:message~1.2"))
        #expect(try await Held.read("apart:message~1.2", from: bench.redis) == .text(garbage))
        #expect(try await bench.lifetime(of: "apart:message~1.2") > 600_000_000)
    }

    @Test func `while the queue has fuses the jobs are made ready`() async throws {
        let message = Self.message("a")
        let fuses = Held.hash(["#kinds": "\tother\t"])
        try await bench.set(lease.merging(["urgent": .list([message]), "fuses": fuses]) { $1 })
        #expect(try await take() == .array([]))
        try await bench.expect(
            lease.merging([
                "fuses": fuses, "jobs": .hash(["a": taken(message)]), "ready": .list(["a"]), "wake": .list(["1"]),
                "meta": .hash(["fence": "1", "enqueued": "1"]),
            ]) { $1 })
    }

    @Test func `messages are counted, and a key of another type counts as none`() async throws {
        try await bench.set(["urgent": .list(["a", "b"]), "late": .text("no list")])
        let count = try await bench.run(Scripts.countMessages, ["urgent", "late", "missing"], ["", "0"])
        #expect(count == .integer(2))
    }
}
