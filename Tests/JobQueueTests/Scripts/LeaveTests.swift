import Redis
import Testing

@testable import JobQueue

/// leave.lua
@Suite struct LeaveTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func leave() async throws -> RedisValue {
        try await bench.run(Scripts.leave, ["leases", "running", "vanished"], ["w1"])
    }

    @Test func `an idle worker is gone at once`() async throws {
        try await bench.set(["leases": .scores(["w1": 9_000, "w2": 9_000])])
        #expect(try await leave() == .integer(0))
        #expect(try await leave() == .integer(-1))
        try await bench.expect(["leases": .scores(["w2": 9_000])])
    }

    @Test func `what a worker still runs is left to be rescued now`() async throws {
        try await bench.set(["leases": .scores(["w1": 9_000]), "running": .hash(["a": "1 900", "b": "2 900 cancel"])])
        for _ in 0..<2 {
            #expect(try await leave() == .integer(2))
            try await bench.expect([
                "leases": .scores(["w1": 0]), "running": .hash(["a": "1 900", "b": "2 900 cancel"]),
            ])
        }
    }

    @Test func `jobs of a worker whose lease was removed are not left behind`() async throws {
        try await bench.set(["running": .hash(["a": "1 900"])])
        #expect(try await leave() == .integer(1))
        try await bench.expect(["leases": .scores(["w1": 0]), "running": .hash(["a": "1 900"])])
    }

    @Test func `a worker that never joined changes nothing`() async throws {
        #expect(try await leave() == .integer(-1))
        try await bench.expect([:])
    }

    @Test func `a worker that was missing is back`() async throws {
        try await bench.set(["vanished": .scores(["w1": 900, "w2": 900])])
        #expect(try await leave() == .integer(-1))
        try await bench.expect(["vanished": .scores(["w2": 900])])
    }
}
