import Redis
import Testing

@testable import JobQueue

/// date_schedule.lua
@Suite struct DateScheduleTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func date(_ version: Int, at time: Int = 5_000, epoch: Int = 2) async throws -> Int {
        try await bench.run(
            Scripts.dateSchedule, ["number", "versions", "epoch"],
            [.integer(version), .integer(epoch), .integer(time)]
        ).int()
    }

    @Test func `the active version gets the time, and keeps all else`() async throws {
        try await bench.set(["number": .text("2"), "versions": .list(["2\t9999\tops\na\nb\t1", "1\t1\tops\nx"])])
        #expect(try await date(2) == 1)
        #expect(try await date(2) == 1)
        try await bench.expect([
            "number": .text("2"), "versions": .list(["2\t5000\tops\na\nb\t1", "1\t1\tops\nx"]),
        ])
    }

    @Test func `another version, a stale epoch or no version changes nothing`() async throws {
        #expect(try await date(1) == 0)
        let before: [String: Held] = [
            "number": .text("2"), "versions": .list(["2\t9999\tops\na"]), "epoch": .text("3"),
        ]
        try await bench.set(before)
        #expect(try await date(1, epoch: 3) == 0)
        #expect(try await date(2, epoch: 2) == 0)
        try await bench.expect(before)
    }
}
