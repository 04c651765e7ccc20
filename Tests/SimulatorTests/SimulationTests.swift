import JobQueue
import Logging
import Redis
import Simulator
import TestSupport
import Testing

/// A bounded share of what `flotilla sim` does for as long as one likes.
@Suite struct SimulationTests {
    private func report(_ plan: SimulationPlan) async throws -> SimulationReport {
        let server = try await TemporaryRedis.start()
        let report = try await Simulation.run(plan, on: server.address, logger: .quiet)
        try await server.stop()
        return report
    }

    private func expectHeld(_ report: SimulationReport) {
        let tail = report.violation == nil ? "" : "\n" + report.tail.joined(separator: "\n")
        #expect(report.violation == nil, "seed \(report.seed)\(tail)")
    }

    @Test(arguments: 1...12)
    func `under crashes, lost replies, pauses and clock steps every promise holds`(_ seed: Int) async throws {
        let report = try await report(SimulationPlan(seed: UInt64(seed), steps: 1_500))
        expectHeld(report)
        #expect(report.jobs > 10)
        #expect(report.audits > 1)
    }

    @Test(arguments: 1...4)
    func `when nothing goes wrong each attempt starts once, however long it waits and runs`(_ seed: Int) async throws {
        let report = try await report(SimulationPlan(seed: UInt64(seed), steps: 1_500, isCalm: true))
        expectHeld(report)
        #expect(report.refused == 0)
        #expect(report.crashes == 0)
    }

    @Test func `three thousand ticks are unique and complete`() async throws {
        let report = try await report(SimulationPlan(seed: 3, ticks: 3_000))
        expectHeld(report)
        #expect(report.ticks >= 3_000)
    }

    @Test func `a seed gives the same run again and another seed another one`() async throws {
        let first = try await report(SimulationPlan(seed: 5, steps: 800))
        #expect(try await report(SimulationPlan(seed: 5, steps: 800)) == first)
        #expect(try await report(SimulationPlan(seed: 6, steps: 800)).digest != first.digest)
    }

    @Test func `a database that holds something is left alone`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        _ = try await client.send(["SET", "mine", "1"])
        await #expect(throws: SimulatorError.notEmpty(server.address, keys: 1)) {
            try await Simulation.run(SimulationPlan(seed: 1), on: server.address, logger: .quiet)
        }
        #expect(try await client.send(["GET", "mine"]).string() == "1")
        await client.close()
        try await server.stop()
    }
}
