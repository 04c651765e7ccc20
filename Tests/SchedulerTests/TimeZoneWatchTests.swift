import Foundation
import JobQueue
import ScheduleConfiguration
import ScheduleSupport
import Testing
import Time

@testable import Scheduler

/// Time zone data that is replaced under a running scheduler.
struct TimeZoneWatchTests {
    private let time = ScheduleDesk.Shared<Duration>(.zero)

    private func watch(_ folder: ZoneFolder) -> TimeZoneWatch {
        let start = ContinuousClock.now
        return TimeZoneWatch(folder.database, now: { [time] in start + time.get() })
    }

    private func pass(_ seconds: Int) { time.set(time.get() + .seconds(seconds)) }

    @Test func `rules that a new file has otherwise are told, until they are those in use`() throws {
        let folder = try ZoneFolder(["Europe/Berlin"])
        let old = try folder.database.rules(named: "Europe/Berlin")
        let watch = watch(folder)
        #expect(watch.outdated([old]) == [])
        try folder.put("Asia/Kolkata", as: "Europe/Berlin")
        #expect(watch.outdated([old]) == [])
        pass(5)
        #expect(watch.outdated([old]) == ["Europe/Berlin"])
        pass(5)
        #expect(watch.outdated([old]) == ["Europe/Berlin"])
        pass(5)
        #expect(watch.outdated([try folder.database.rules(named: "Europe/Berlin")]) == [])
    }

    @Test func `a change between the read and the first look is seen`() throws {
        let folder = try ZoneFolder(["Europe/Berlin"])
        let old = try folder.database.rules(named: "Europe/Berlin")
        try folder.put("Asia/Kolkata", as: "Europe/Berlin")
        #expect(watch(folder).outdated([old]) == ["Europe/Berlin"])
    }

    @Test func `a file that says the same, is half written or is gone changes nothing`() throws {
        let folder = try ZoneFolder(["Europe/Berlin"])
        let old = try folder.database.rules(named: "Europe/Berlin")
        let watch = watch(folder)
        #expect(watch.outdated([old]) == [])
        let whole = try Data(contentsOf: URL(filePath: folder.database.path(of: "Europe/Berlin")))
        for bytes in [whole, whole.prefix(whole.count / 2), Data(), Data("TZif".utf8)] {
            try folder.write(bytes, as: "Europe/Berlin")
            pass(5)
            #expect(watch.outdated([old]) == [])
        }
        try folder.remove("Europe/Berlin")
        pass(5)
        #expect(watch.outdated([old]) == [])
        try folder.put("Asia/Kolkata", as: "Europe/Berlin")
        pass(5)
        #expect(watch.outdated([old]) == ["Europe/Berlin"])
    }

    private static let noonInBerlin =
        "{ a: { job: evaluation, cron: \"0 12 * * *\", timezone: Europe/Berlin, overlap: allow } }"

    @Test func `a leader goes by new rules from the moment it sees them`() async throws {
        let desk = try await ScheduleDesk()
        let folder = try ZoneFolder(["Europe/Berlin"])
        var hand = try ScheduleDesk.Hand(desk, Self.noonInBerlin, zones: folder.database)
        // 23 November 2026: noon in Berlin is 11:00 UTC; by the rules of Athens it is 10:00.
        let day = utc(2026, 11, 23) * 1000
        let hour: Int64 = 3_600_000
        await hand.turn(at: day + 8 * hour)
        #expect(hand.leads)
        try folder.put("Europe/Athens", as: "Europe/Berlin")
        await hand.turn(at: day + 9 * hour)
        #expect(hand.next("a", after: day + 9 * hour) == day + 10 * hour)
        await hand.turn(at: day + 10 * hour + 1)
        #expect(try await desk.jobs() == ["a@\(day + 10 * hour)"])
        await hand.turn(at: day + 11 * hour + 1)
        #expect(try await desk.jobs() == ["a@\(day + 10 * hour)"])
        #expect(hand.version == 1)
        try await desk.close()
    }

    @Test func `a run that was due by the old rules is not lost, and none comes twice`() async throws {
        let desk = try await ScheduleDesk()
        let folder = try ZoneFolder(["Europe/Berlin"])
        var hand = try ScheduleDesk.Hand(desk, Self.noonInBerlin, zones: folder.database)
        let day = utc(2026, 11, 23) * 1000
        let hour: Int64 = 3_600_000
        await hand.turn(at: day + 8 * hour)
        try folder.put("Europe/Athens", as: "Europe/Berlin")
        // The change is seen with the tick of the old rules, and that of the new ones is past.
        await hand.turn(at: day + 11 * hour + 1)
        #expect(try await desk.jobs() == ["a@\(day + 11 * hour)"])
        await hand.turn(at: day + 34 * hour + 1)
        #expect(try await desk.jobs() == ["a@\(day + 11 * hour)", "a@\(day + 34 * hour)"])
        try await desk.close()
    }

    @Test func `a standby that takes over goes by the new rules`() async throws {
        let desk = try await ScheduleDesk()
        let folder = try ZoneFolder(["Europe/Berlin"])
        var leader = try ScheduleDesk.Hand(desk, Self.noonInBerlin, zones: folder.database)
        var standby = try ScheduleDesk.Hand(desk, Self.noonInBerlin, name: "s2", zones: folder.database)
        let day = utc(2026, 11, 23) * 1000
        let hour: Int64 = 3_600_000
        await leader.turn(at: day + 8 * hour)
        await standby.turn(at: day + 8 * hour + 100)
        try folder.put("Europe/Athens", as: "Europe/Berlin")
        await leader.turn(at: day + 8 * hour + 1_000)
        await standby.turn(at: day + 8 * hour + 6_000)
        await standby.turn(at: day + 10 * hour + 1)
        #expect(standby.leads)
        await standby.turn(at: day + 10 * hour + 10)
        #expect(try await desk.jobs() == ["a@\(day + 10 * hour)"])
        try await desk.close()
    }

    @Test func `the runs that move are listed`() throws {
        let folder = try ZoneFolder(["Europe/Berlin"])
        func entry(_ cron: String) throws -> ScheduleEntry {
            let rules = try folder.database.rules(named: "Europe/Berlin")
            return ScheduleEntry(name: "a", job: "", queue: "", cadence: .cron(try CronExpression(cron), rules))
        }
        let (noon, each) = (try entry("0 12 * * *"), try entry("* * * * *"))
        try folder.put("Europe/Athens", as: "Europe/Berlin")
        let now = utc(2026, 11, 23) * 1000
        let moved = MovedRuns(from: noon, to: try entry("0 12 * * *"), after: now)
        #expect(
            moved?.description
                == "the first run at 2026-11-23T11:00:00Z comes at 2026-11-23T10:00:00Z, "
                + "366 runs of the year after move")
        #expect(MovedRuns(from: each, to: try entry("* * * * *"), after: now) == nil)
        #expect(MovedRuns(from: noon, to: noon, after: now) == nil)
    }
}
