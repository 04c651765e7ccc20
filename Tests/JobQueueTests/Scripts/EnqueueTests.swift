import Redis
import Testing

@testable import JobQueue

/// enqueue.lua
@Suite struct EnqueueTests {
    let bench: ScriptBench
    private let keys = ScriptBench.block

    init() async throws { bench = try await ScriptBench() }

    /// - Parameter jobs: id, record, priority and due time of each.
    private func enqueue(now: Int = 1_000, _ jobs: [(String, String, Int, Int)]) async throws -> RedisValue {
        let words: [RedisWord] = jobs.flatMap { [.text($0), .text($1), .integer($2), .integer($3)] }
        return try await bench.run(Scripts.enqueue, keys, [.integer(now), 100, .integer(jobs.count)] + words)
    }

    @Test func `jobs of ordinary priority stand in line in their order`() async throws {
        let answer = try await enqueue([("a", record(), 0, 0), ("b", record(), 0, 0), ("c", record(), 0, 1_000)])
        #expect(answer == integers(1, 1, 1))
        try await bench.expect([
            "jobs": .hash(["a": record(), "b": record(), "c": record()]), "ready": .list(["a", "b", "c"]),
            "meta": .hash(["enqueued": "3"]), "wake": .list(["1"]),
        ])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
    }

    @Test func `priority and due time choose the place`() async throws {
        let high = record(priority: 5)
        let low = record(priority: -3)
        let answer = try await enqueue([("h", high, 5, 0), ("l", low, -3, 0), ("later", high, 5, 1_001)])
        #expect(answer == integers(1, 1, 1))
        try await bench.expect([
            "jobs": .hash(["h": high, "l": low, "later": high]), "ranked": .scores(["h": -5, "l": 3]),
            "scheduled": .scores(["later": 1_001]), "meta": .hash(["enqueued": "3"]), "wake": .list(["1"]),
        ])
    }

    @Test func `an id that exists changes nothing whatever became of the job`() async throws {
        let before: [String: Held] = [
            "jobs": .hash(["a": record("S", started: 1, finished: 2)]), "done": .list(["a"]),
            "meta": .hash(["enqueued": "1"]),
        ]
        try await bench.set(before)
        #expect(try await enqueue([("a", record(payload: "[2]"), 4, 9_999)]) == integers(0))
        try await bench.expect(before)
    }

    @Test func `the second call and a double within one call are refused each for itself`() async throws {
        let jobs = [("a", record(payload: "1"), 0, 0), ("a", record(payload: "2"), 0, 0), ("b", record(), 0, 0)]
        #expect(try await enqueue(jobs) == integers(1, 0, 1))
        #expect(try await enqueue(jobs) == integers(0, 0, 0))
        try await bench.expect([
            "jobs": .hash(["a": record(payload: "1"), "b": record()]), "ready": .list(["a", "b"]),
            "meta": .hash(["enqueued": "2"]), "wake": .list(["1"]),
        ])
    }

    @Test func `line breaks and awkward ids are kept byte for byte`() async throws {
        let text = record(payload: awkwardPayload)
        #expect(try await enqueue([(awkwardID, text, 0, 0)]) == integers(1))
        try await bench.expect([
            "jobs": .hash([awkwardID: text]), "ready": .list([awkwardID]), "meta": .hash(["enqueued": "1"]),
            "wake": .list(["1"]),
        ])
        #expect(try await bench.envelope(of: awkwardID).payload == Array(awkwardPayload.utf8))
    }

    @Test func `a thousand jobs fit into one call and one wake-up serves them`() async throws {
        let ids = (0..<1_000).map { "job-\($0)" }
        #expect(try await enqueue(ids.map { ($0, record(), 0, 0) }) == .array(ids.map { _ in .integer(1) }))
        try await bench.expect([
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })), "ready": .list(ids),
            "meta": .hash(["enqueued": "1000"]), "wake": .list(["1"]),
        ])
    }

    @Test func `wake-ups do not pile up`() async throws {
        for number in 0..<100 { _ = try await enqueue([("job-\(number)", record(), 0, 0)]) }
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 1)
    }
}
