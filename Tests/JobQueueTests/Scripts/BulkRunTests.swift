import Redis
import Testing

@testable import JobQueue

/// bulk_step.lua and bulk_abort.lua
@Suite struct BulkRunTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func step(_ fields: [(String, String)]) async throws -> RedisValue {
        let words = fields.flatMap { [RedisWord.text($0.0), .text($0.1)] }
        return try await bench.run(Scripts.bulkStep, ["run"], [60_000, .integer(fields.count)] + words)
    }

    @Test func `a step is written, and tells of an abort once it was asked for`() async throws {
        #expect(try await step([("state", "running"), ("done", "0")]) == .null)
        #expect(try await step([("done", "5")]) == .null)
        #expect(try await bench.run(Scripts.bulkAbort, ["run"], ["ann"]) == .integer(1))
        #expect(try await bench.run(Scripts.bulkAbort, ["run"], ["bob"]) == .integer(0))
        #expect(try await step([("done", "6")]) == word("ann"))
        try await bench.expect(["run": .hash(["state": "running", "done": "6", "aborted_by": "ann"])])
        #expect(try await bench.lifetime(of: "run") > 50_000)
    }

    @Test func `what does not run is not aborted`() async throws {
        #expect(try await bench.run(Scripts.bulkAbort, ["run"], ["ann"]) == .integer(0))
        try await bench.expect([:])
        try await bench.set(["run": .hash(["state": "done"])])
        #expect(try await bench.run(Scripts.bulkAbort, ["run"], ["ann"]) == .integer(0))
        try await bench.expect(["run": .hash(["state": "done"])])
    }

    @Test func `one is found by the beginning of its id, and an abort is in the log`() async throws {
        let broker = Broker(redis: bench.redis)
        let runs = BulkRuns(broker: broker)
        let id = try await runs.begin("dead.discard", on: "600 jobs", total: 600, by: "ann@host")
        #expect(id.hasPrefix("bulk-"))
        #expect(try await runs.step(id, done: 250, failed: 1) == nil)
        let run = try #require(try await runs.find(String(id.dropFirst(5).dropLast())).first)
        #expect(run.id == id && run.state == .running && run.done == 250 && run.failed == 1 && run.total == 600)
        #expect(try await runs.find("bulk-zzzz").isEmpty)
        let acting = broker.noting(OperatorNote(by: "bob@host", "bulk.abort", id))
        #expect(try await BulkRuns(broker: acting).abort(id, by: "bob@host"))
        #expect(try await runs.step(id, done: 500, failed: 1) == "bob@host")
        try await runs.end(id, .aborted, done: 500, failed: 1)
        #expect(try await runs.run(id)?.state == .aborted)
        #expect(try await OperatorLog(broker: broker).entries(limit: 5).map(\.action) == ["bulk.abort"])
        #expect(try await QueueAuditor(broker: broker).audit().findings.isEmpty)
    }

    @Test func `one whose process is silent has stopped`() {
        let fields = ["state": "running", "seen": "1000", "done": "3", "total": "9"]
        #expect(BulkRun(id: "bulk-1", fields, now: 2_000)?.state == .running)
        #expect(BulkRun(id: "bulk-1", fields, now: 60_000)?.state == .stopped)
        #expect(BulkRun(id: "bulk-1", ["state": "done", "seen": "1"], now: 60_000)?.state == .done)
        #expect(BulkRun(id: "bulk-1", [:], now: 1) == nil)
    }
}
