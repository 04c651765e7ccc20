import Redis
import Testing

@testable import JobQueue

/// retry.lua
@Suite struct RetryTests {
    let bench: ScriptBench
    private let failed = record(attempts: 1, events: #"{"at":85000,"event":"failed"}"#, outcome: #"{"error":{}}"#)

    init() async throws { bench = try await ScriptBench() }

    private func retry(fence: Int = 3, due: Int = 90_000) async throws -> RedisValue {
        try await bench.run(
            Scripts.retry, ScriptBench.block + ["running"],
            ["a", .integer(fence), 85_000, .integer(due), .text(failed)])
    }

    @Test func `a failed job waits for its next attempt and counts as a failure`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900", "b": "3 900"]), "jobs": .hash(["a": record(), "b": record()]),
        ])
        #expect(try await retry() == .integer(1))
        try await bench.expect([
            "running": .hash(["b": "3 900"]), "jobs": .hash(["a": failed, "b": record()]),
            "retrying": .scores(["a": 90_000]),
            "meta": .hash(["failed_attempts": "1", "window:0": "8 0 1"]),
        ])
    }

    @Test func `the second call is refused`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        _ = try await retry()
        #expect(try await retry(due: 99_000) == .integer(0))
        try await bench.expect([
            "jobs": .hash(["a": failed]), "retrying": .scores(["a": 90_000]),
            "meta": .hash(["failed_attempts": "1", "window:0": "8 0 1"]),
        ])
    }

    @Test(arguments: [2, 4, 30])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await retry(fence: fence) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `a missing job changes nothing`() async throws {
        #expect(try await retry() == .integer(0))
        try await bench.expect([:])
    }

    @Test func `a job to be cancelled is not retried`() async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900 cancel"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await retry() == .integer(-1))
        #expect(try await retry(fence: 2) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `failures of one ten-second window add up`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900"]), "meta": .hash(["window:0": "8 5 6", "failed_attempts": "6"]),
        ])
        _ = try await retry()
        try await bench.expect([
            "jobs": .hash(["a": failed]), "retrying": .scores(["a": 90_000]),
            "meta": .hash(["failed_attempts": "7", "window:0": "8 5 7"]),
        ])
    }
}
