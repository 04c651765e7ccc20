import Redis
import Testing

@testable import JobQueue

/// dead_letter.lua
@Suite struct DeadLetterTests {
    let bench: ScriptBench
    private let final = record(
        "D", attempts: 3, started: 900, finished: 85_000, outcome: #"{"error":{}}"#, payload: awkwardPayload)

    init() async throws { bench = try await ScriptBench() }

    private func deadLetter(fence: Int = 3) async throws -> RedisValue {
        try await bench.run(
            Scripts.deadLetter, ScriptBench.block + ["running"], ["a", .integer(fence), 85_000, .text(final)])
    }

    /// A person who asked for the job to be cancelled loses nothing: it does not run again either way.
    @Test(arguments: ["3 900", "3 900 cancel"])
    func `a job that is given up is kept with the time of its death`(_ claim: String) async throws {
        try await bench.set(["running": .hash(["a": claim, "b": "3 900"]), "jobs": .hash(["a": record()])])
        #expect(try await deadLetter() == .integer(1))
        try await bench.expect([
            "running": .hash(["b": "3 900"]), "jobs": .hash(["a": final]), "dead": .scores(["a": 85_000]),
            "meta": .hash(["died": "1", "window:0": "8 0 1"]),
        ])
    }

    @Test func `the second call is refused`() async throws {
        try await bench.set(["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])])
        _ = try await deadLetter()
        #expect(try await deadLetter() == .integer(0))
        try await bench.expect([
            "jobs": .hash(["a": final]), "dead": .scores(["a": 85_000]),
            "meta": .hash(["died": "1", "window:0": "8 0 1"]),
        ])
    }

    @Test(arguments: [2, 4])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await deadLetter(fence: fence) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `a missing job changes nothing`() async throws {
        #expect(try await deadLetter() == .integer(0))
        try await bench.expect([:])
    }
}
