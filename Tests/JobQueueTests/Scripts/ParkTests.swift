import Redis
import Testing

@testable import JobQueue

/// park.lua
@Suite struct ParkTests {
    let bench: ScriptBench
    private let parked = record(events: #"{"at":1000,"event":"parked"}"#, payload: awkwardPayload)

    init() async throws { bench = try await ScriptBench() }

    private func park(_ id: String = "a", fence: Int = 3, gate: String = "kind=report@2") async throws -> RedisValue {
        try await bench.run(
            Scripts.park, ScriptBench.block + ["running"],
            [.text(id), .integer(fence), .text(gate), .text(parked)])
    }

    @Test func `a job is parked at its gate and nobody else has it`() async throws {
        try await bench.set([
            "running": .hash([awkwardID: "3 900", "b": "3 900"]), "jobs": .hash([awkwardID: record(), "b": record()]),
            "ready": .list(["c"]),
        ])
        #expect(try await park(awkwardID) == .integer(1))
        let member = "kind=report@2 000000000001 \(awkwardID)"
        let expected: [String: Held] = [
            "running": .hash(["b": "3 900"]), "jobs": .hash([awkwardID: parked, "b": record()]), "ready": .list(["c"]),
            "aside": .scores([member: 0]), "links": .hash(["#seq": "1", "a:\(awkwardID)": member]),
        ]
        try await bench.expect(expected)
        #expect(try await park(awkwardID) == .integer(0))
        try await bench.expect(expected)
    }

    @Test(arguments: [2, 4, 33])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await park(fence: fence) == .integer(0))
        try await bench.expect(before)
    }

    @Test func `a missing job changes nothing`() async throws {
        #expect(try await park() == .integer(0))
        try await bench.expect([:])
    }

    @Test func `a job to be cancelled is not parked`() async throws {
        let before: [String: Held] = ["running": .hash(["a": "3 900 cancel"]), "jobs": .hash(["a": record()])]
        try await bench.set(before)
        #expect(try await park() == .integer(-1))
        try await bench.expect(before)
    }

    @Test func `jobs at a gate are handed out oldest first to whoever asks for that gate alone`() async throws {
        let ids = (0..<12).map { "job-\($0)" }
        try await bench.lease()
        for id in ids { try await bench.enqueue(id) }
        #expect(try await bench.fetch(12) == ids)
        for id in ids.reversed() { try await bench.park(id) }
        try await bench.enqueue("other")
        try await bench.fetch(1)
        try await bench.park("other", at: "kind=report@20")
        #expect(try await bench.fetch(5) == [])
        #expect(try await bench.fetch(5, at: "kind=report@1") == [])
        #expect(try await bench.fetch(5, at: "kind=report@2") == Array(ids.reversed().prefix(5)))
        #expect(try await bench.fetch(50, at: "kind=report@2") == Array(ids.reversed().dropFirst(5)))
        #expect(try await bench.members("aside") == ["kind=report@20 000000000013 other"])
        #expect(try await bench.hash("running").count == 12)
    }
}
