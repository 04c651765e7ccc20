import Redis
import Testing

@testable import JobQueue

/// send_canary.lua and settle_canary.lua
@Suite struct CanaryScriptTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func send(_ id: String = "canary:1", now: Int = 100_000) async throws -> RedisValue {
        try await bench.run(
            Scripts.sendCanary, ScriptBench.block, [.integer(now), 30_000, .text(id), .text(record())])
    }

    private func settle(fence: Int = 3) async throws -> RedisValue {
        try await bench.run(
            Scripts.settleCanary, ScriptBench.block + ["running"], ["a", .integer(fence), 100_000])
    }

    private func meta(sent: String, id: String, at: String, enqueued: String) -> Held {
        .hash(["canary_sent": sent, "canary_id": id, "canary_at": at, "enqueued": enqueued])
    }

    @Test func `the first canary stands in line, and its age counts from then on`() async throws {
        #expect(try await send() == .integer(1))
        try await bench.expect([
            "jobs": .hash(["canary:1": record()]), "ready": .list(["canary:1"]), "wake": .list(["1"]),
            "meta": meta(sent: "100000", id: "canary:1", at: "100000", enqueued: "1"),
        ])
    }

    @Test func `no second one is sent before its time, nor while the first is not settled`() async throws {
        _ = try await send()
        #expect(try await send("canary:2", now: 129_999) == .integer(0))
        #expect(try await send("canary:2", now: 130_000) == .integer(0))
        try await bench.expect([
            "jobs": .hash(["canary:1": record()]), "ready": .list(["canary:1"]), "wake": .list(["1"]),
            "meta": meta(sent: "100000", id: "canary:1", at: "100000", enqueued: "1"),
        ])
    }

    @Test func `the next one is sent after its time, and the time of the last one stays`() async throws {
        try await bench.set(["meta": meta(sent: "100000", id: "canary:1", at: "100500", enqueued: "0")])
        #expect(try await send("canary:2", now: 130_000) == .integer(1))
        try await bench.expect([
            "jobs": .hash(["canary:2": record()]), "ready": .list(["canary:2"]), "wake": .list(["1"]),
            "meta": meta(sent: "130000", id: "canary:2", at: "100500", enqueued: "1"),
        ])
    }

    @Test func `a clock that was set back does not stop canaries`() async throws {
        try await bench.set(["meta": meta(sent: "900000", id: "canary:1", at: "900000", enqueued: "0")])
        #expect(try await send("canary:2") == .integer(1))
    }

    @Test func `a settled canary leaves a time and nothing else`() async throws {
        try await bench.set([
            "running": .hash(["a": "3 900", "b": "3 900"]), "jobs": .hash(["a": record(), "b": record()]),
            "meta": .hash(["enqueued": "7"]),
        ])
        #expect(try await settle() == .integer(1))
        let expected: [String: Held] = [
            "running": .hash(["b": "3 900"]), "jobs": .hash(["b": record()]),
            "meta": .hash(["enqueued": "6", "canary_at": "100000"]),
        ]
        try await bench.expect(expected)
        #expect(try await settle() == .integer(0))
        try await bench.expect(expected)
    }

    @Test(arguments: [2, 4]) func `a claim that was lost settles nothing`(_ fence: Int) async throws {
        let content: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(content)
        #expect(try await settle(fence: fence) == .integer(0))
        try await bench.expect(content)
    }
}
