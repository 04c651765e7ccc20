import ScheduleConfiguration
import Testing

@testable import Simulator

/// When the simulator calls ticks a flood.
@Suite struct TickSummaryTests {
    /// An entry that ticks once a second.
    private static func summary() -> TickSummary {
        let rhythm = Rhythm(interval: 1_000, phase: 0)
        let entry = ScheduleEntry(name: "e", job: "sim.tick", queue: "q", cadence: rhythm.cadence)
        return TickSummary(entry: ScheduledEntry(entry: entry, rhythms: [rhythm]))
    }

    /// The clock shows years less than it once did, and has passed so much time in all.
    private static func moment(passed: Int64) -> SimulationScheduler.Moment {
        SimulationScheduler.Moment(
            elapsed: 1_000, wall: 1_000_000, highestWall: 900_000_000_000, passed: passed, sinceCorrection: .max)
    }

    @Test func `ticks after steps forward of a clock that is behind are no flood`() {
        var summary = Self.summary()
        for step in 1...6 {
            let moment = Self.moment(passed: Int64(step) * 8_000)
            for _ in 0..<5 { #expect(summary.flood(moment, grace: 5_000) == nil) }
        }
    }

    @Test func `at the end only entries of the active schedule are due`() {
        let rhythm = Rhythm(interval: 1_000, phase: 0)
        let entries = ["e", "f"].map { name in
            let entry = ScheduleEntry(name: name, job: "sim.tick", queue: "q", cadence: rhythm.cadence)
            return ScheduledEntry(entry: entry, rhythms: [rhythm])
        }
        let ticks = TickInvariants(entries, jobs: nil)
        #expect(ticks.overdue(now: 100_000, patience: 5_000) == "entry e never began")
        ticks.activated(["f"])
        #expect(ticks.overdue(now: 100_000, patience: 5_000) == "entry f never began")
        ticks.activated([])
        #expect(ticks.overdue(now: 100_000, patience: 5_000) == nil)
    }

    @Test func `more ticks than the clock has passed are a flood`() {
        var summary = Self.summary()
        let answers = (0..<20).map { _ in summary.flood(Self.moment(passed: 8_000), grace: 5_000) }
        #expect(answers.prefix(14).allSatisfy { $0 == nil })
        #expect(answers.dropFirst(14).allSatisfy { $0 != nil })
    }
}
