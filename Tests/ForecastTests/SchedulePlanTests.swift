import ScheduleConfiguration
import ScheduleSupport
import Testing
import Time

@testable import Forecast

struct SchedulePlanTests {
    private func text(_ schedules: String) throws -> ScheduleText {
        try ScheduleText(Array(limitedText(schedules).utf8), file: "f", known: knownNames)
    }

    private func plan(_ old: String, _ new: String) throws -> SchedulePlan {
        SchedulePlan(from: try text(old), to: try text(new), facts: testFacts, at: midnight)
    }

    @Test func `another spelling of the same is no change`() throws {
        let plan = try plan(
            "a: { job: evaluation, every: 60s }\nb: { job: rebalance, cron: \"@hourly\" }",
            "# a comment\nb: { job: rebalance, cron: \"@hourly\" }\na:\n  every: 1m\n  job: evaluation\n  overlap: skip"
        )
        #expect(plan.difference.isEmpty)
        #expect(!plan.isRisky)
        #expect(plan.moved.isEmpty)
    }

    @Test func `what was added, changed and removed is told in the words of the files`() throws {
        let plan = try plan(
            "a: { job: evaluation, every: 1m }\ngone: { job: rebalance, every: 1h }",
            "a: { job: evaluation, every: 30s, args: { scoring: v1 } }\nnew: { job: execution, every: 5m }")
        #expect(plan.difference.entries.map(\.name) == ["a", "gone", "new"])
        #expect(plan.difference.entries.map(\.kind) == [.changed, .removed, .added])
        #expect(
            plan.difference.entries[0].keys == [
                .init(key: "args.scoring", before: nil, after: "v1"), .init(key: "every", before: "1m", after: "30s"),
            ])
        let moved = try #require(plan.moved["a"])
        #expect((moved.kept, moved.gone, moved.new) == (1_440, 0, 1_440))
        #expect(moved.firstNew == midnight + 30_000)
        #expect(plan.moved["gone"]?.gone == 24)
        #expect(plan.moved["new"]?.new == 288)
    }

    @Test func `what the file and its pools say of Celery is compared`() throws {
        func text(_ celery: String, _ pool: String) throws -> ScheduleText {
            let text =
                "queues: { evaluation: }\ncelery: { \(celery) }\n"
                + "pools: { a: { queues: [evaluation], celery: { \(pool) } }, b: { celery: { queues: [celery] } } }\n"
            return try ScheduleText(Array(text.utf8), file: "f", known: knownNames)
        }
        let old = try text("tasks: { a.b: { kind: rebalance } }", "queues: [celery]")
        let same = try text("control: full, tasks: { a.b: { kind: rebalance } }", "queues: [celery], prefix: \"\"")
        #expect(ScheduleDifference(from: old, to: same).isEmpty)
        let other = try text("control: read-only, tasks: { a.b: { kind: evaluation } }", "queues: [celery, urgent]")
        let changes = ScheduleDifference(from: old, to: other).rest
        #expect(changes.map { "\($0.section).\($0.name)" } == ["pools.a", ".celery.control", ".celery.tasks.a.b.kind"])
        #expect(changes[0].keys == [.init(key: "celery.queues", before: "[celery]", after: "[celery, urgent]")])
        #expect(changes[1].keys.map(\.after) == ["read-only"])
        let own = try text("tasks: { a.b: { kind: rebalance } }", "queues: [celery], control: read-only")
        #expect(ScheduleDifference(from: old, to: own).rest.map(\.name) == ["a"])
    }

    @Test func `limits, queues, pools and the zone are compared too`() throws {
        let old = try text("a: { job: evaluation, every: 1m }")
        let other = old.text.replacing("rate: 10/s", with: "rate: 20/s").replacing(
            "timeout: 30s }", with: "timeout: 1m }"
        )
        .replacing("processes: 2,", with: "processes: 3,").replacing(
            "version: 1", with: "version: 1\ntimezone: Asia/Tokyo")
        let new = try ScheduleText(Array(other.utf8), file: "f", known: knownNames)
        let difference = ScheduleDifference(from: old, to: new)
        #expect(difference.entries.isEmpty)
        #expect(
            difference.rest.map { "\($0.section).\($0.name)" } == [
                "limits.coinbase", "queues.cache-refresh", "queues.evaluation", "pools.trading", ".timezone",
            ])
        #expect(difference.rest[2].keys == [.init(key: "timeout", before: "30s", after: "1m")])
    }

    @Test func `a rename is told from a removal by its was, and one without it is pointed out`() throws {
        let told = try plan(
            "a: { job: evaluation, every: 1m }", "b: { job: evaluation, every: 1m, was: a, priority: 3 }")
        #expect(told.difference.entries.map(\.kind) == [.renamed])
        #expect(told.difference.entries[0].formerName == "a")
        #expect(told.difference.entries[0].keys.map(\.key) == ["priority", "was"])
        #expect(told.difference.renames.isEmpty)
        let untold = try plan("a: { job: evaluation, every: 1m }", "b: { job: evaluation, every: 1m }")
        #expect(untold.difference.entries.map(\.kind) == [.removed, .added])
        #expect(untold.difference.renames == [.init(from: "a", to: "b")])
    }

    @Test func `another spread moves each job, another argument moves none`() throws {
        let spread = try plan(
            "a: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }",
            "a: { job: evaluation, every: 1m, for_each: running_bots, spread: 30s }")
        let moved = try #require(spread.moved["a"])
        #expect(moved.gone == moved.new)
        #expect(moved.gone > 30_000)
        let argument = try plan(
            "a: { job: cache-refresh, every: 1m, args: { what: quotes } }",
            "a: { job: cache-refresh, every: 1m, args: { what: candles } }")
        #expect(argument.moved["a"]?.isEmpty == true)
        #expect(argument.difference.entries.map(\.kind) == [.changed])
    }

    @Test func `a change is risky when a limit is exceeded by it, not when it was before`() throws {
        let calm = "bots: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }"
        let busy = "bots: { job: evaluation, every: 30s, for_each: running_bots, spread: 20s }"
        #expect(try plan(calm, busy).isRisky)
        #expect(try !plan(busy, calm).isRisky)
        #expect(try !plan(busy, busy + "\nother: { job: rebalance, cron: \"0 8 29 2 *\" }").isRisky)
        #expect(try plan(calm, busy).excesses.map(\.name) == ["coinbase"])
    }

    @Test func `a change that removes most entries is risky, and one that renames them is not`() throws {
        let entries = ["a", "b", "c"].map { "\($0): { job: evaluation, every: 1h }" }
        let renamed = ["a", "b", "c"].map { "new-\($0): { job: evaluation, every: 1h, was: \($0) }" }
        #expect(try plan(entries.joined(separator: "\n"), entries[0]).isRisky)
        #expect(try !plan(entries.joined(separator: "\n"), entries.prefix(2).joined(separator: "\n")).isRisky)
        #expect(try !plan(entries.joined(separator: "\n"), renamed.joined(separator: "\n")).isRisky)
    }

    @Test func `the id is that of both texts`() throws {
        let (one, two, three) = (
            try text("a: { job: evaluation, every: 1m }"), try text("a: { job: evaluation, every: 2m }"),
            try text("a: { job: evaluation, every: 60s }")
        )
        #expect(ScheduleText.planID(from: one, to: two) == ScheduleText.planID(from: one, to: two))
        let ids = [
            ScheduleText.planID(from: one, to: two), ScheduleText.planID(from: two, to: one),
            ScheduleText.planID(from: three, to: two), ScheduleText.planID(from: .none, to: two),
        ]
        #expect(Set(ids).count == 4)
        #expect(ids.allSatisfy { $0.count == 16 })
    }
}

struct DaylightSurpriseTests {
    private func surprises(_ cron: String, _ zone: String, from start: Int64 = midnight) throws -> [DaylightSurprise] {
        let file = try limited("a: { job: rebalance, cron: \"\(cron)\", timezone: \(zone) }")
        return DaylightSurprise.all(of: file.schedules[0], from: start, for: 366 * 24 * hour)
    }

    @Test func `a daily run in the changed hour is moved in spring and runs once in autumn`() throws {
        let found = try surprises("30 2 * * *", "Europe/Berlin")
        #expect(found.map(\.kind) == [.gap, .repeated])
        #expect(found[0].local == CivilTime(year: 2027, month: 3, day: 28, hour: 2, minute: 30))
        #expect(found[0].runs == [utc(2027, 3, 28, 1) * 1_000])
        #expect(found[1].local == CivilTime(year: 2027, month: 10, day: 31, hour: 2, minute: 30))
        #expect(found[1].runs == [utc(2027, 10, 31, 0, 30) * 1_000])
    }

    @Test func `runs of the lost hour alone are lost, and those of the repeated one come twice`() throws {
        let found = try surprises("*/20 2 * * *", "Europe/Berlin")
        #expect(found.map(\.count) == [3, 3])
        #expect(found[0].runs.isEmpty)
        #expect(found[1].runs.count == 6)
    }

    @Test(arguments: [
        ("*/10 * * * *", "Europe/Berlin"), ("30 2 * * *", "UTC"), ("0 8 * * MON-FRI", "America/New_York"),
        ("30 2 1 1 *", "Europe/Berlin"),
    ])
    func `other entries meet none`(cron: String, zone: String) throws {
        #expect(try surprises(cron, zone).isEmpty)
    }
}
