import JobQueue
import Redis
import ScheduleConfiguration
import TestSupport
import Testing
import Time

@testable import Scheduler

/// Schedulers while the clock of Redis is wrong, and after it was set right.
struct ClockErrorTests {
    private static let noon = ScheduleDesk.noon
    private static let hour: Int64 = 3_600_000
    private static let year: Int64 = 365 * 86_400_000
    private static let plain = "{ a: { job: evaluation, every: 1s, overlap: allow, misfire: skip } }"

    private func put(_ time: Int64, _ desk: ScheduleDesk) async throws {
        let meta = QueueKeys().of(try QueueName("evaluation")).meta
        _ = try await desk.broker.redis.send(["HSET", .text(meta), "last:a", .integer(Int(time))])
    }

    @Test func `a version that was replaced does not come back when the clock is right again`() async throws {
        let hours: Int64 = 12 * 3_600_000
        let desk = try await ScheduleDesk(at: Self.noon - hours)
        let entries = "{ x: { job: evaluation, every: 1m } }"
        // The file was written before the clock was set back.
        var hand = try ScheduleDesk.Hand(desk, entries, modified: Self.noon - 60_000)
        await hand.turn(at: Self.noon - hours + 1_000)
        #expect(hand.leads && hand.version == 1)
        let other = ServiceFile.text("{ y: { job: evaluation, every: 1m } }")
        #expect(try await desk.broker.schedules.storeSchedule(other, by: "ops") == .stored(version: 2))
        desk.step(by: hours)
        for time in [2_000, 2_300, 2_600] as [Int64] { await hand.turn(at: Self.noon + time) }
        #expect(hand.leads && hand.version == 2)
        #expect(hand.file?.state == .conflict)
        #expect(try await desk.broker.schedules.scheduleNumber() == 2)
        try await desk.close()
    }

    @Test(arguments: [2 * hour, 40 * 86_400_000, 10 * year, 62_000] as [Int64])
    func `an entry that was handled ahead of the clock goes on from now`(_ ahead: Int64) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.plain)
        await hand.turn(at: noon - 30_000)
        try await put(noon + ahead, desk)
        hand = try ScheduleDesk.Hand(desk, Self.plain, name: "s2")
        for second in 0..<4 { await hand.turn(at: noon + Int64(second) * 1_000 + 1) }
        #expect(try await desk.jobs() == (Int64(1)...3).map { "a@\(noon + $0 * 1_000)" })
        let record = try #require(try await desk.history("a").first { $0.outcome == .clockCorrected })
        #expect(record.at == noon + 1 && record.jobs == 0 && record.detail?.contains("ahead of the clock") == true)
        #expect(hand.log.lines.contains { $0.hasPrefix("critical ALARM the clock was corrected: entry a") })
        #expect(try await QueueAuditor(broker: desk.broker).audit().findings.isEmpty)
        try await desk.close()
    }

    @Test(arguments: [Int64(500), 30_000, 60_000])
    func `a clock that is behind by less is waited for`(_ ahead: Int64) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.plain)
        await hand.turn(at: noon - 30_000)
        try await put(noon + ahead, desk)
        hand = try ScheduleDesk.Hand(desk, Self.plain, name: "s2")
        await hand.turn(at: noon + 1)
        #expect(try await desk.history("a").allSatisfy { $0.outcome != .clockCorrected })
        try await desk.close()
    }

    @Test(
        arguments: [
            ("every: 5m", 4 * 60_000, false), ("every: 5m", 6 * 60_000 + 1, true),
            ("cron: \"0 12 1 * *\"", 2 * 3_600_000, true),
        ] as [(String, Int64, Bool)])
    func `of a long interval ten minutes count, and none of a time at which nothing ticks`(
        _ cadence: String, _ ahead: Int64, _ isAhead: Bool
    ) throws {
        let entry = try #require(
            try ServiceFile.loaded("{ a: { job: evaluation, \(cadence) } }").file.schedules.first)
        let last = try #require(entry.latest(after: Self.noon - Self.year, through: Self.noon))
        #expect(entry.isAhead(last, now: last - ahead) == isAhead)
        // A last run, at which it does not tick: a tick before it would be lost.
        #expect(entry.isAhead(last + 1_234, now: last + 1_234 - 61_000))
        #expect(!entry.isAhead(last + 1_234, now: last + 1_234 - 59_000))
    }

    @Test(arguments: [2 * hour, -2 * hour, 10 * year, -30 * year] as [Int64])
    func `a clock that is wrong for a while repeats nothing and stops nothing`(_ error: Int64) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.plain)
        await hand.turn(at: noon - 2_500)
        func run(_ seconds: Int) async {
            for _ in 0..<seconds * 4 { await hand.turn(at: desk.now + 250) }
        }
        await run(5)
        desk.step(by: error)
        await run(5)
        desk.step(by: -error)
        let corrected = desk.now
        await run(5)
        let records = try await desk.history("a")
        let ticks = records.filter { $0.outcome == .enqueued }.map(\.nominal)
        #expect(Set(ticks).count == ticks.count, "no tick twice")
        #expect(ticks.filter { $0 > corrected && $0 <= desk.now }.count >= 4, "it goes on: \(records)")
        #expect(records.contains { $0.outcome == .clockCorrected })
        // What was handled before a clock went back is not counted as missed when it is right again.
        if error < 0 { #expect(records.reduce(0) { $0 + $1.count } < 30) }
        #expect(try await QueueAuditor(broker: desk.broker).audit().findings.isEmpty)
        try await desk.close()
    }

    @Test func `ticks that were enqueued ahead of the clock are not enqueued again when their time comes`() async throws
    {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        let text = "{ a: { job: evaluation, every: 1m, overlap: allow, misfire: skip } }"
        var hand = try ScheduleDesk.Hand(desk, text)
        await hand.turn(at: noon - 30_000)
        desk.step(by: 10 * 60_000)
        for minute: Int64 in 0..<5 { await hand.turn(at: noon + (10 + minute) * 60_000 + 1) }
        let early = try await desk.jobs()
        #expect(early.count == 5)
        // The jobs are done and forgotten long before.
        let keys = QueueKeys().of(try QueueName("evaluation"))
        for key in [keys.jobs, keys.ready, keys.entries] { _ = try await desk.broker.redis.send(["DEL", .text(key)]) }
        desk.step(by: -10 * 60_000)
        for minute: Int64 in 5..<20 { await hand.turn(at: noon + minute * 60_000 + 1) }
        let jobs = try await desk.jobs()
        #expect(Set(jobs).isDisjoint(with: early))
        #expect(jobs.count == 9, "\(jobs)")
        try await desk.close()
    }

    @Test func `jobs of ticks that were spread ahead of the clock do not hold their entry up`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        let queue = try QueueName("evaluation")
        var hand = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m, spread: 30s, for_each: [x] } }")
        await hand.turn(at: noon - 30_000)
        desk.step(by: 10 * Self.year)
        await hand.turn(at: noon + 10 * Self.year + 100)
        #expect(try await desk.jobs().count == 1)
        desk.step(by: -10 * Self.year)
        await hand.turn(at: desk.now + 250)
        // As workers do it every few seconds.
        #expect(try await desk.broker.maintenance.mendDue(in: queue) == 1)
        #expect(try await desk.broker.maintenance.mendDue(in: queue) == 0)
        desk.set(desk.now + 60_000)
        #expect(try await desk.broker.maintenance.promoteDue(in: queue) == 1)
        try await desk.close()
    }

    @Test func `an edit works after a version was activated by a clock that was ahead`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        desk.set(noon + 10 * Self.year)
        var hand = try ScheduleDesk.Hand(desk, Self.plain, modified: noon)
        await hand.turn(at: noon + 10 * Self.year)
        desk.set(noon)
        hand = try ScheduleDesk.Hand(desk, Self.plain, name: "s2", modified: noon)
        for turn: Int64 in 0..<20 { await hand.turn(at: noon + turn * 250) }
        #expect(hand.leads && hand.version == 1)
        #expect(try await desk.broker.schedules.schedule()?.storedMilliseconds ?? 0 <= noon + 5_000)
        // As of any other version: what is older is in conflict, what is newer is an edit.
        let other = Self.plain.replacing("1s", with: "2s")
        for (modified, state) in [(noon - 1_000, FileStanding.State.conflict), (noon + 6_000, .edit)] {
            var next = try ScheduleDesk.Hand(desk, other, name: "of \(modified)", modified: modified)
            await next.turn(at: noon + 7_000)
            #expect(next.file?.state == state)
        }
        try await desk.close()
    }

    @Test func `why the leadership was lost is said as it was`() {
        func loss(_ look: LeaderLease.Leadership, skew: Int64 = 0, step: Int64 = 0) -> String? {
            var steps = ClockStepWatch()
            _ = steps.note(1_000_000, elapsed: .seconds(1))
            _ = steps.note(1_000_250 + step, elapsed: .milliseconds(1_250))
            return LeadershipLoss(of: 4, look, skew, steps)?.sentence
        }
        func look(_ epoch: Int?, isRefused: Bool = false, other: String? = nil) -> LeaderLease.Leadership {
            LeaderLease.Leadership(epoch: epoch, isRefused: isRefused, newestVersion: 1, takenVersion: 1, other: other)
        }
        #expect(loss(look(4)) == nil)
        #expect(
            loss(look(5), step: 7_200_000)
                == "the leadership lapsed, because the clock of Redis was set forward by 2h; this scheduler leads "
                + "again, with epoch 5")
        #expect(
            loss(look(5))
                == "the leadership lapsed, because no renewal of its lease got through in time; this scheduler "
                + "leads again, with epoch 5")
        #expect(loss(look(nil, other: "b")) == "b leads now")
        #expect(loss(look(nil, other: "b"), step: -5_000) == "b leads now after the clock of Redis was set back by 5s")
        #expect(
            loss(look(nil, isRefused: true), skew: -3_600_000)
                == "this scheduler leads no more: this machine's clock is 1h behind that of Redis")
    }

    @Test func `a scheduler that is alone never says that another leads when the clock is set`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(desk, Self.plain)
        await hand.turn(at: Self.noon - 30_000)
        for step in [Self.hour, -Self.hour, 5 * Self.year, -5 * Self.year] {
            desk.step(by: step)
            for _ in 0..<4 { await hand.turn(at: desk.now + 250) }
            #expect(hand.leads)
        }
        #expect(!hand.log.lines.contains { $0.contains("leads now") || $0.contains("another scheduler") })
        #expect(hand.log.lines.contains { $0.contains("was set forward by 1h; this scheduler leads again") })
        try await desk.close()
    }
}
