import JobQueue
import Redis
import ScheduleConfiguration
import TestSupport
import Testing

@testable import Scheduler

/// Schedulers with files of their own, of which one is active.
struct FileConflictTests {
    private static let noon = ScheduleDesk.noon
    private static func entries(_ names: String...) -> String {
        "{ " + names.map { "\($0): { job: evaluation, every: 1m, overlap: allow }" }.joined(separator: ", ") + " }"
    }

    @Test func `a revert in a rolling deploy is in conflict, is shown, and is not active`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var a = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "a", modified: noon - 90_000)
        await a.turn(at: noon - 30_000)
        var b = try ScheduleDesk.Hand(desk, Self.entries("x", "y"), name: "b", modified: noon - 25_000)
        await b.turn(at: noon - 20_000)
        #expect(b.file?.state == .edit)
        await b.turn(at: noon - 19_000)
        #expect(b.leads && b.version == 2)
        await b.turn(at: noon - 18_900)
        #expect(b.file?.state == .same)
        var c = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "c", modified: noon - 90_000)
        await c.turn(at: noon - 18_000)
        await c.turn(at: noon - 10_000)
        #expect(c.leads && c.version == 2)
        let file = try #require(c.file)
        #expect(file.state == .conflict && file.equals == 1 && file.active == 2 && file.since == noon - 18_000)
        let told = c.log.lines.filter {
            $0.contains("On host-c this activates it: flotilla schedule apply /etc/c.yaml")
        }
        #expect(told.count == 1, "the take-over says it: \(c.log.lines)")
        #expect(told.first?.contains("/etc/c.yaml on host-c is in conflict with version 2") == true)
        let seen = try await QueueInspector(broker: desk.broker).schedulers().compactMap(\.file)
        #expect(seen.contains(file))
        // The one command that resolves it.
        let text = ServiceFile.text(Self.entries("x"))
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 3))
        await c.turn(at: noon - 9_900)
        #expect(c.file?.state == .same && c.version == 3)
        try await desk.close()
    }

    @Test func `a version that is kept no more does not come back while a clock is wrong`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var a = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "a", modified: noon - 90_000)
        await a.turn(at: noon - 30_000)
        for number in 0...ScheduleStore.scheduleVersionLimit {
            _ = try await desk.broker.schedules.storeSchedule(ServiceFile.text(Self.entries("y\(number)")), by: "ops")
        }
        let text = ServiceFile.text(Self.entries("x"))
        #expect(try await desk.broker.schedules.scheduleVersion(of: text) == nil)
        let years: Int64 = 94_608_000_000
        for (entry, expected) in [("x", FileStanding.State.conflict), ("new", .edit)] {
            var b = try ScheduleDesk.Hand(desk, Self.entries(entry), name: "b\(entry)", modified: noon + years)
            await b.turn(at: noon - 20_000)
            #expect(b.file?.state == expected, "\(entry)")
        }
        try await desk.close()
    }

    @Test(arguments: [false, true])
    func `a standby's edit is lost to a newer one of the leader's file`(_ starts: Bool) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var a = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "a")
        var b = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "b")
        await a.turn(at: noon - 30_000)
        await b.turn(at: noon - 29_900)
        try b.save(Self.entries("x", "old"), modified: noon - 29_000)
        await b.turn(at: noon - 29_000)
        #expect(b.file?.state == .edit && !b.leads)
        try a.save(Self.entries("x", "new"), modified: noon - 28_000)
        await a.turn(at: noon - 28_000)
        #expect(a.version == 2)
        // The leader dies; the standby is killed too, or is not.
        if starts {
            b = try ScheduleDesk.Hand(desk, Self.entries("x", "old"), name: "b2", modified: noon - 29_000)
        }
        await b.turn(at: noon - 20_000)
        #expect(b.leads && b.version == 2)
        #expect(b.file?.state == .conflict && b.file?.difference == "it adds old, removes new")
        try await desk.close()
    }

    @Test func `a standby's edit that is newer than the active version is activated once it leads`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var a = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "a")
        var b = try ScheduleDesk.Hand(desk, Self.entries("x"), name: "b")
        await a.turn(at: noon - 30_000)
        try a.save(Self.entries("x", "first"), modified: noon - 28_000)
        await a.turn(at: noon - 28_000)
        await b.turn(at: noon - 27_900)
        #expect(b.file?.state == .conflict)
        // An older file that is moved into its place: the moment counts.
        try b.save(Self.entries("x", "second"))
        await b.turn(at: noon - 27_000)
        #expect(b.file?.state == .edit)
        await b.turn(at: noon - 20_000)
        #expect(b.leads && b.version == 3)
        await b.turn(at: noon - 19_900)
        #expect(b.file?.state == .same)
        try await desk.close()
    }

    @Test(arguments: [Int64(0), 3_600_000, -3_600_000])
    func `a lone scheduler that starts again activates what was edited meanwhile`(_ skew: Int64) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        for (index, entry) in ["x", "y", "x"].enumerated() {
            let now = noon + Int64(index) * 10_000
            var hand = try ScheduleDesk.Hand(
                desk, Self.entries(entry), skew: skew, name: "s\(index)", modified: now - 4_000)
            await hand.turn(at: now)
            // A clock that is far off keeps it from leading; then its people have to act.
            #expect(hand.leads == (skew == 0))
            #expect(hand.version == (skew == 0 ? index + 1 : 0))
            if index > 0, skew != 0 { #expect(hand.file?.state == .edit) }
        }
        try await desk.close()
    }

    @Test func `what was rolled back stays so when the scheduler starts again`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries("x"))
        await hand.turn(at: noon - 30_000)
        try hand.save(Self.entries("bad"), modified: noon - 20_000)
        await hand.turn(at: noon - 20_000)
        #expect(hand.version == 2)
        let good = ServiceFile.text(Self.entries("x"))
        desk.set(noon - 15_000)
        #expect(try await desk.broker.schedules.storeSchedule(good, by: "ops") == .stored(version: 3))
        await hand.turn(at: noon - 14_900)
        #expect(hand.version == 3 && hand.file?.state == .conflict && hand.file?.equals == 2)
        for number in 0..<2 {
            hand = try ScheduleDesk.Hand(desk, Self.entries("bad"), name: "again\(number)", modified: noon - 20_000)
            await hand.turn(at: noon + Int64(number) * 10_000)
            #expect(hand.leads && hand.version == 3 && hand.file?.state == .conflict)
        }
        #expect(try await desk.jobs() == ["x@\(noon)"])
        try await desk.close()
    }

    @Test func `an edit against a version that was replaced meanwhile is not activated`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries("x"))
        await hand.turn(at: noon - 30_000)
        let text = ServiceFile.text(Self.entries("ops"))
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 2))
        try hand.save(Self.entries("mine"), modified: noon - 40_000)
        await hand.turn(at: noon - 29_000)
        #expect(hand.version == 2 && hand.file?.state == .conflict)
        try await desk.close()
    }

    @Test func `a Redis that lost everything gets back what ran`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries("x"))
        await hand.turn(at: noon - 30_000)
        let text = ServiceFile.text(Self.entries("ops"))
        desk.set(noon - 25_000)
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 2))
        await hand.turn(at: noon - 24_000)
        _ = try await desk.broker.redis.send(["FLUSHALL"])
        await hand.turn(at: noon - 23_000)
        #expect(try await desk.broker.schedules.schedule()?.text == text)
        await hand.turn(at: noon - 22_900)
        #expect(hand.file?.state == .conflict)
        try await desk.close()
    }

    @Test func `a file that cannot be read any more is shown until it can`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries("x"))
        await hand.turn(at: noon - 30_000)
        hand.spoil("schedules.yaml:3: no such key")
        await hand.turn(at: noon - 29_000)
        #expect(hand.file?.state == .invalid && hand.file?.difference == "schedules.yaml:3: no such key")
        #expect(hand.version == 1 && hand.leads)
        try hand.save(Self.entries("x"))
        await hand.turn(at: noon - 28_000)
        #expect(hand.file?.state == .same && hand.version == 1)
        try await desk.close()
    }
}
