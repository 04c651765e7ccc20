import ScheduleConfiguration
import ScheduleSupport
import Testing
import Time

@testable import Scheduler

/// The local time that a run was meant for decides whether it counts, also where the clocks are changed.
struct NominalHoursTests {
    private static let gap = utc(2026, 3, 8, 7) * 1000

    private func entry(_ keys: String, calendars: String = "{}", zone: String = "America/New_York") throws
        -> ScheduleEntry
    {
        let text = """
            timezone: \(zone)
            calendars: \(calendars)
            queues: { evaluation: {} }
            pools: { all: { queues: ["*"] } }
            schedules: { a: { job: evaluation, \(keys) } }
            """
        return try #require(try parsed(text).schedules.first)
    }

    /// New York, 8 March 2026: 02:00 is 03:00, 07:00 UTC.
    @Test(
        arguments: [
            ("cron: 30 2 * * *, window: 02:00-03:00", nil),
            ("cron: 30 2 * * *, window: 03:00-04:00", "outside of its window"),
            ("cron: 30 2 * * *, window: 02:00-02:30", "outside of its window"),
            ("cron: 30 2 * * *, window: 02:30-02:31", nil),
            ("cron: 30 2 * * *, window: MON-SAT", "outside of its window"), ("cron: 30 2 * * *, window: SUN", nil),
            // One run stands for 02:00 and 02:30, and one of them is enough.
            ("cron: \"0,30 2 * * *\", window: 02:15-02:45", nil), ("cron: \"0,30 2 * * *\", window: 01:00-02:15", nil),
            ("cron: \"0,30 2 * * *\", window: 02:10-02:20", "outside of its window"),
            // And this one for 02:30 and for 03:00 itself.
            ("cron: \"0,30 2,3 * * *\", window: 03:00-03:10", nil),
            ("cron: \"0,30 2,3 * * *\", window: 02:30-02:40", nil),
            ("cron: 30 2 * * *, quiet: rest", "quiet calendar rest"),
        ] as [(String, String?)])
    func `a run that a gap has moved counts by the time it was meant for`(_ keys: String, _ reason: String?) throws {
        let entry = try entry(keys, calendars: "{ rest: [2026-03-08] }")
        #expect(entry.next(after: Self.gap - 1) == Self.gap)
        #expect(entry.closedBecause(at: Self.gap) == reason)
        let plan = TickPlanner(entries: [entry]).plan(lastHandled: ["a": Self.gap - 3_600_000], now: Self.gap + 1)
        let isEnqueued = plan.ticks.contains {
            if case .enqueue(let tick) = $0 { tick.nominal == Self.gap } else { false }
        }
        #expect(isEnqueued == (reason == nil), "\(plan)")
    }

    @Test(arguments: [("02:00-03:00", nil), ("03:00-04:00", "outside of its window")] as [(String, String?)])
    func `so does one that was shifted`(_ window: String, _ reason: String?) throws {
        let entry = try entry("cron: 30 2 * * *, gap: shift, window: \(window)")
        let shifted = Self.gap + 30 * 60_000
        #expect(entry.next(after: Self.gap - 1) == shifted && entry.closedBecause(at: shifted) == reason)
        // The day after there is no gap.
        #expect(entry.closedBecause(at: shifted + 23 * 3_600_000) == (reason == nil ? nil : reason))
    }

    @Test func `both passes of a repeated hour count or none`() throws {
        // New York, 1 November 2026: 01:00 to 02:00 comes twice.
        let first = utc(2026, 11, 1, 5, 30) * 1000
        for (window, reason) in [("01:00-02:00", nil), ("02:00-05:00", "outside of its window")] as [(String, String?)]
        {
            let entry = try entry("cron: 30 1 * * *, overlap_hour: both, window: \(window)")
            #expect(entry.ticks(after: first - 1, through: first + 3_600_000, limit: 9) == [first, first + 3_600_000])
            #expect(entry.closedBecause(at: first) == reason && entry.closedBecause(at: first + 3_600_000) == reason)
        }
    }

    /// Scoresbysund, 28 March 2026: 23:00 on Saturday is 00:00 on Sunday, 01:00 UTC.
    @Test func `a run that was moved into the next day belongs to the day it was meant for`() throws {
        let zone = "America/Scoresbysund"
        let midnight = utc(2026, 3, 29, 1) * 1000
        func ticks(_ keys: String) throws -> [Int64] {
            let entry = try entry(
                "cron: 30 23 * * *, \(keys)", calendars: "{ rest: [2026-03-28], sun: [2026-03-29] }", zone: zone)
            let ticks = entry.ticks(after: midnight - 7_200_000, through: midnight + 7_200_000, limit: 9)
            #expect(entry.count(after: midnight - 7_200_000, through: midnight + 7_200_000, limit: 9) == ticks.count)
            #expect(entry.latest(after: midnight - 7_200_000, through: midnight + 7_200_000) == ticks.last)
            return ticks.filter { entry.closedBecause(at: $0) == nil }
        }
        #expect(try ticks("priority: 1") == [midnight])
        #expect(try ticks("end: 2026-03-28") == [midnight])
        #expect(try ticks("end: 2026-03-27") == [])
        #expect(try ticks("start: 2026-03-29") == [])
        #expect(try ticks("start: 2026-03-28, end: 2026-03-28") == [midnight])
        #expect(try ticks("quiet: rest") == [] && ticks("quiet: sun") == [midnight])
        #expect(try ticks("window: SAT") == [midnight] && ticks("window: SUN") == [])
        #expect(try ticks("gap: shift, end: 2026-03-28") == [midnight + 30 * 60_000])
    }
}
