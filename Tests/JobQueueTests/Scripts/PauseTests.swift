import Redis
import Testing

@testable import JobQueue

/// pause.lua
@Suite struct PauseTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func pause(until: Int, because reason: String, for length: Int = 0) async throws -> RedisValue {
        try await bench.run(
            Scripts.pause, ["meta", "wake"], ["pause", .integer(until), .text(reason), .integer(length)])
    }

    private func resume() async throws -> RedisValue {
        try await bench.run(Scripts.pause, ["meta", "wake"], ["resume", 0, "", 0])
    }

    @Test func `a pause keeps its time and reason and the later one counts`() async throws {
        try await bench.set(["meta": .hash(["fence": "7"])])
        #expect(try await pause(until: 5_000, because: "maintenance", for: 4_000) == .integer(1))
        var expected = ["fence": "7", "paused_until": "5000", "paused_reason": "maintenance", "paused_for": "4000"]
        try await bench.expect(["meta": .hash(expected)])
        #expect(try await pause(until: 0, because: "größer 'x'") == .integer(1))
        expected = ["fence": "7", "paused_until": "0", "paused_reason": "größer 'x'", "paused_for": "0"]
        try await bench.expect(["meta": .hash(expected)])
    }

    @Test func `a resumed queue wakes a worker, once`() async throws {
        let paused = ["fence": "7", "paused_until": "0", "paused_reason": "r", "paused_for": "0"]
        try await bench.set(["meta": .hash(paused)])
        #expect(try await resume() == .integer(1))
        #expect(try await resume() == .integer(0))
        try await bench.expect(["meta": .hash(["fence": "7"]), "wake": .list(["1"])])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
    }

    @Test func `a queue that was not paused is left alone`() async throws {
        #expect(try await resume() == .integer(0))
        try await bench.expect([:])
    }

    @Test func `wake-ups stay below 64`() async throws {
        for _ in 0..<70 {
            _ = try await pause(until: 0, because: "r")
            #expect(try await resume() == .integer(1))
        }
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
    }
}
