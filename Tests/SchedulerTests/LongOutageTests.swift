import ScheduleConfiguration
import ScheduleSupport
import Testing
import Time

@testable import Scheduler

/// Years that a clock was wrong, or a scheduler away, of entries with hours.
struct LongOutageTests {
    private static let now = utc(2026, 11, 22, 12) * 1000 + 20
    private static let then = utc(1970, 1, 1, 0) * 1000

    private func entries(_ misfire: String) throws -> [ScheduleEntry] {
        let text = """
            queues: { evaluation: {} }
            pools: { all: { queues: ["*"] } }
            schedules:
              a: { job: evaluation, every: 1m, window: 09:00-17:00, misfire: \(misfire) }
              b: { job: evaluation, cron: "*/7 * * * *", window: MON-FRI, misfire: \(misfire) }
              plain: { job: evaluation, every: 30s, misfire: \(misfire) }
            """
        return try parsed(text).schedules
    }

    /// Sixty years of opening and closing are 40 000 stretches: told apart in order of time, they kept every other
    /// entry from its ticks for minutes.
    @Test(arguments: ["skip", "once", "all"])
    func `an entry with hours keeps no other from its ticks, however long it was away`(_ misfire: String) throws {
        let planner = TickPlanner(entries: try entries(misfire))
        var last = ["a": Self.then, "b": Self.then, "plain": Self.then]
        var plans = 0
        var plan = planner.plan(lastHandled: last, now: Self.now)
        while !plan.ticks.isEmpty, plans < 10 {
            plans += 1
            for tick in plan.ticks { last[tick.entry.name] = max(last[tick.entry.name] ?? 0, tick.nominal) }
            if plans == 1 { #expect(last["plain"] == Self.now - 20) }
            plan = planner.plan(lastHandled: last, now: Self.now)
        }
        #expect(plans <= 3)
        for entry in planner.entries { #expect(try #require(entry.next(after: last[entry.name] ?? 0)) > Self.now) }
    }

    @Test func `every tick of the years is counted once`() throws {
        let entry = try #require(try entries("skip").first { $0.name == "a" })
        let planner = TickPlanner(entries: [entry])
        var (last, counted) = (Self.then, 0)
        for _ in 0..<4 {
            for tick in planner.plan(lastHandled: ["a": last], now: Self.now).ticks {
                if case .skip(let ticks) = tick {
                    #expect(ticks.first == entry.next(after: last))
                    counted += ticks.count
                } else {
                    counted += 1
                }
                last = tick.nominal
            }
        }
        #expect(counted == entry.count(after: Self.then, through: Self.now, limit: .max))
    }
}
