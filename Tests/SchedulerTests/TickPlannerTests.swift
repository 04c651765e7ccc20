import ScheduleConfiguration
import ScheduleSupport
import Testing
import Time

@testable import Scheduler

struct TickPlannerTests {
    private static let noon = utc(2026, 11, 22, 12) * 1000

    private static func entry(
        _ name: String = "refresh", every: Int64 = 30_000, misfire: MisfirePolicy = .once, within: Int64? = nil,
        enabled: Bool = true, atStart: Bool = false
    ) -> ScheduleEntry {
        ScheduleEntry(
            name: name, job: "cache-refresh", queue: "cache-refresh", cadence: .every(milliseconds: every, offset: 0),
            misfire: misfire, withinMilliseconds: within, enabled: enabled, atStart: atStart)
    }

    @Test func `an entry never seen starts from now`() {
        let plan = TickPlanner(entries: [Self.entry()]).plan(lastHandled: [:], now: Self.noon + 1)
        #expect(plan == TickPlan(ticks: [], lastRuns: ["refresh": Self.noon + 1], nextWakeUp: Self.noon + 30_000))
    }

    @Test func `an entry that runs at the start takes its newest tick, whoever plans it`() {
        let planner = TickPlanner(entries: [Self.entry(every: 300_000, atStart: true)])
        for late in [Int64(40_000), 90_000] {
            let plan = planner.plan(lastHandled: [:], now: Self.noon + late)
            #expect(ids(plan) == ["refresh@\(Self.noon)"])
            #expect(plan.lastRuns.isEmpty)
        }
    }

    @Test func `a tick on time is regular and carries its id`() {
        let plan = TickPlanner(entries: [Self.entry()]).plan(
            lastHandled: ["refresh": Self.noon - 30_000], now: Self.noon + 20)
        #expect(
            plan.ticks == [
                .enqueue(DueTick(entry: Self.entry(), nominal: Self.noon, reason: .regular))
            ])
        #expect(ids(plan) == ["refresh@\(Self.noon)"])
        #expect(plan.nextWakeUp == Self.noon + 30_000)
    }

    @Test func `once runs only the newest missed tick and counts the others`() {
        let now = Self.noon + 20_000
        let plan = TickPlanner(entries: [Self.entry()]).plan(lastHandled: ["refresh": Self.noon - 600_000], now: now)
        #expect(
            plan.ticks == [
                skipped(Self.entry(), Self.noon - 570_000, Self.noon - 30_000, 19, .misfire),
                .enqueue(DueTick(entry: Self.entry(), nominal: Self.noon, reason: .caughtUp)),
            ])
    }

    @Test func `a fresh tick stands in for the missed ones before it`() {
        let plan = TickPlanner(entries: [Self.entry()]).plan(
            lastHandled: ["refresh": Self.noon - 600_000], now: Self.noon + 1000)
        #expect(
            plan.ticks == [
                skipped(Self.entry(), Self.noon - 570_000, Self.noon - 30_000, 19, .misfire),
                .enqueue(DueTick(entry: Self.entry(), nominal: Self.noon, reason: .regular)),
            ])
    }

    @Test func `skip records how many ticks went by and runs the fresh one`() {
        let entry = Self.entry(misfire: .skip)
        let plan = TickPlanner(entries: [entry]).plan(
            lastHandled: ["refresh": Self.noon - 600_000], now: Self.noon + 1000)
        #expect(
            plan.ticks == [
                skipped(entry, Self.noon - 570_000, Self.noon - 30_000, 19, .misfire),
                .enqueue(DueTick(entry: entry, nominal: Self.noon, reason: .regular)),
            ])
    }

    @Test func `within bounds the age of a missed tick`() {
        let entry = Self.entry(every: 3_600_000, within: 600_000)
        let planner = TickPlanner(entries: [entry])
        let young = planner.plan(lastHandled: ["refresh": Self.noon - 1], now: Self.noon + 600_000)
        #expect(ids(young) == ["refresh@\(Self.noon)"])
        let old = planner.plan(lastHandled: ["refresh": Self.noon - 1], now: Self.noon + 600_001)
        #expect(old.ticks == [skipped(entry, Self.noon, Self.noon, 1, .tooOld)])
    }

    @Test func `a clock that steps back repeats nothing`() {
        let planner = TickPlanner(entries: [Self.entry()])
        let plan = planner.plan(lastHandled: ["refresh": Self.noon], now: Self.noon - 60_000)
        #expect(plan.ticks.isEmpty && plan.corrections.isEmpty)
        #expect(plan.nextWakeUp == Self.noon + 30_000)
        var handled = ["refresh": Self.noon - 60_000]
        var seen: [String] = []
        for now in [Self.noon, Self.noon - 45_000, Self.noon - 1, Self.noon, Self.noon + 31_000, Self.noon + 5000] {
            let plan = planner.plan(lastHandled: handled, now: now)
            seen += ids(plan)
            for tick in plan.ticks { handled[tick.entry.name] = tick.nominal }
        }
        #expect(seen == ["refresh@\(Self.noon)", "refresh@\(Self.noon + 30_000)"])
    }

    @Test func `an entry that is far ahead of the clock is corrected, and goes on where it had been`() {
        let planner = TickPlanner(entries: [Self.entry()])
        let (ahead, now) = (Self.noon + 3_600_000, Self.noon + 10_000)
        let plan = planner.plan(lastHandled: ["refresh": ahead], now: now)
        #expect(plan.ticks.isEmpty && plan.corrections == ["refresh": ahead] && plan.nextWakeUp == now)
        // Its ticks come by the clock as it is now.
        let next = planner.plan(lastHandled: ["refresh": now], ahead: ["refresh": ahead], now: Self.noon + 30_000)
        #expect(ids(next) == ["refresh@\(Self.noon + 30_000)"])
        // The clock is set right: what was handled before it went back was handled.
        let right = planner.plan(
            lastHandled: ["refresh": now], ahead: ["refresh": ahead], now: ahead + 31_000)
        #expect(right.ticks.isEmpty && right.lastRuns == ["refresh": ahead])
    }

    @Test func `a step forward of years is one tick, in bounded time`() throws {
        let cron = Cadence.cron(try CronExpression("* * * * * *"), .utc)
        let entry = ScheduleEntry(name: "a", job: "evaluation", queue: "evaluation", cadence: cron, misfire: .once)
        let now = Self.noon + 10 * 365 * 86_400_000
        let plan = TickPlanner(entries: [entry], graceMilliseconds: -1).plan(lastHandled: ["a": Self.noon], now: now)
        #expect(
            plan.ticks == [
                skipped(entry, Self.noon + 1_000, now - 1_000, 10 * 365 * 86_400 - 1, .misfire),
                .enqueue(DueTick(entry: entry, nominal: now, reason: .caughtUp)),
            ])
    }

    @Test func `ticks come in order of time and the rest of a long plan with the next`() {
        let entries = [Self.entry("b", every: 1000), Self.entry("a", every: 2000)]
        let planner = TickPlanner(entries: entries, limit: 3)
        var handled = ["a": Self.noon - 4000, "b": Self.noon - 4000]
        var seen: [String] = []
        for _ in 0..<4 {
            let plan = planner.plan(lastHandled: handled, now: Self.noon)
            #expect(plan.ticks.count <= 3)
            seen += plan.ticks.map { "\($0.entry.name)\(($0.nominal - Self.noon) / 1000)" }
            for tick in plan.ticks { handled[tick.entry.name] = tick.nominal }
        }
        #expect(seen == ["b-3", "a-2", "b-2", "b-1", "a0", "b0"])
    }

    @Test func `a disabled entry is silent and does not catch up later`() {
        let plan = TickPlanner(entries: [Self.entry(enabled: false)]).plan(
            lastHandled: ["refresh": Self.noon - 60_000], now: Self.noon)
        #expect(plan == TickPlan(ticks: [], lastRuns: ["refresh": Self.noon], nextWakeUp: nil))
    }

    @Test func `an edited cadence starts from now`() {
        let planner = TickPlanner(entries: [Self.entry("a", every: 60_000), Self.entry("b"), Self.entry("new")])
        let lastRuns = planner.lastRuns(
            replacing: [Self.entry("a"), Self.entry("b"), Self.entry("gone")], now: Self.noon)
        #expect(lastRuns == ["a": Self.noon])
    }

    @Test func `a spread is stable, bounded and even`() {
        let offsets = (1...39).map {
            SpreadOffset.milliseconds(entry: "evaluate-bots", entity: "\($0)", spreadMilliseconds: 20_000)
        }
        // Pinned: a new hash would move every bot of a running fleet.
        #expect(offsets.prefix(3) == [18_446, 7371, 2621])
        #expect(offsets.allSatisfy { (0..<20_000).contains($0) })
        #expect(Set(offsets.map { $0 / 5000 }).count == 4)
        #expect(SpreadOffset.milliseconds(entry: "a", spreadMilliseconds: 0) == 0)
        #expect(Self.entry().due(nominal: Self.noon) == Self.noon)
    }

    private func ids(_ plan: TickPlan) -> [String] {
        plan.ticks.compactMap { if case .enqueue(let tick) = $0 { "\(tick.entry.name)@\(tick.nominal)" } else { nil } }
    }

    private func skipped(
        _ entry: ScheduleEntry, _ first: Int64, _ newest: Int64, _ count: Int, _ reason: SkippedTicks.Reason
    ) -> PlannedTick {
        .skip(SkippedTicks(entry: entry, first: first, nominal: newest, count: count, reason: reason))
    }
}
