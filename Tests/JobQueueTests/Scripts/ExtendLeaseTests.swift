import Redis
import Testing

@testable import JobQueue

/// extend_lease.lua
@Suite struct ExtendLeaseTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func extend(now: Int = 1_000) async throws -> RedisValue {
        try await bench.run(Scripts.extendLease, ["leases", "running"], ["w1", .integer(now + 8_000)])
    }

    @Test func `a lease that holds is prolonged and no other`() async throws {
        try await bench.set(["leases": .scores(["w1": 1_001, "w2": 1_001]), "running": .hash(["a": "3 900"])])
        #expect(try await extend() == integers(1, 1))
        try await bench.expect(["leases": .scores(["w1": 9_000, "w2": 1_001]), "running": .hash(["a": "3 900"])])
    }

    @Test func `jobs to be cancelled are told each time until they are settled`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 2_000]), "running": .hash(["a": "3 900", awkwardID: "4 900 cancel"]),
        ])
        let answer = RedisValue.array([.integer(1), .integer(2), word(awkwardID)])
        #expect(try await extend() == answer)
        #expect(try await extend(now: 1_500) == answer)
        try await bench.expect([
            "leases": .scores(["w1": 9_500]), "running": .hash(["a": "3 900", awkwardID: "4 900 cancel"]),
        ])
    }

    @Test(arguments: [Int64(1_000), 999, 1])
    func `a lease that has ended goes on while nobody has begun to rescue it`(_ expiry: Int64) async throws {
        try await bench.set(["leases": .scores(["w1": expiry]), "running": .hash(["a": "3 900 cancel"])])
        #expect(try await extend() == .array([.integer(1), .integer(1), word("a")]))
        try await bench.expect(["leases": .scores(["w1": 9_000]), "running": .hash(["a": "3 900 cancel"])])
    }

    @Test(arguments: [Int64(0), -1])
    func `a lease that was given up, or is being rescued, stays lost`(_ expiry: Int64) async throws {
        let before: [String: Held] = ["leases": .scores(["w1": expiry]), "running": .hash(["a": "3 900 cancel"])]
        try await bench.set(before)
        #expect(try await extend() == integers(0))
        try await bench.expect(before)
    }

    @Test func `a worker without a lease gets none`() async throws {
        try await bench.set(["leases": .scores(["w2": 5_000])])
        #expect(try await extend() == integers(0))
        try await bench.expect(["leases": .scores(["w2": 5_000])])
    }
}
