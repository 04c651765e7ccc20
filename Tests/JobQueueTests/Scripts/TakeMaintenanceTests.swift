import Redis
import Testing

@testable import JobQueue

/// take_maintenance.lua
@Suite struct TakeMaintenanceTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func take(_ worker: RedisWord) async throws -> Int {
        try await bench.run(Scripts.takeMaintenance, ["maintenance"], [worker, 5_000]).int()
    }

    @Test func `one worker has it, and keeps it`() async throws {
        #expect(try await take("w1") == 1)
        #expect(try await take("w2") == 0)
        #expect(try await take("w1") == 1)
        try await bench.expect(["maintenance": .text("w1")])
        #expect((1...5_000).contains(try await bench.lifetime(of: "maintenance")))
    }

    @Test func `a lease that was taken while the clock was years ahead ends in time`() async throws {
        // What Redis keeps of an expiry is a moment; after its clock is set back, that is years away.
        _ = try await bench.redis.send(["SET", "maintenance", "dead", "PX", 315_360_000_000])
        #expect(try await take("w1") == 0)
        #expect((1...5_000).contains(try await bench.lifetime(of: "maintenance")))
        try await bench.expect(["maintenance": .text("dead")])
    }
}
