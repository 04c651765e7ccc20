import JobQueue
import Redis
import ScheduleConfiguration
import TestSupport
import Testing

@testable import Scheduler

/// Edits of the file in its place that wait until a person applies them.
struct FileReviewTests {
    private static let noon = ScheduleDesk.noon
    private static func entries(_ count: Int, every: String = "1m", review: String = "") -> String {
        let entries = (1...count).map { "e\($0): { job: evaluation, every: \(every), overlap: allow }" }
        return "{ \(entries.joined(separator: ", ")) }\n\(review)"
    }
    private static let over = "limit coinbase will be OVER RESERVE"

    /// A scheduler that leads with version 1, a minute before noon.
    private func leader(_ desk: ScheduleDesk, _ schedules: String) async throws -> ScheduleDesk.Hand {
        var hand = try ScheduleDesk.Hand(desk, schedules)
        await hand.turn(at: Self.noon - 60_000)
        #expect(hand.version == 1)
        return hand
    }

    @Test func `an edit that exceeds a limit waits, the running version goes on, and apply activates it`()
        async throws
    {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try await leader(desk, Self.entries(2))
        desk.excesses.set([Self.over])
        try hand.save(Self.entries(2, every: "30s"))
        for time in stride(from: noon - 20_000, through: noon + 100_000, by: 20_000) { await hand.turn(at: time) }
        #expect(hand.version == 1)
        #expect(try await desk.broker.schedules.scheduleNumber() == 1)
        #expect(try await desk.jobs() == ["e1@\(noon)", "e1@\(noon + 60_000)", "e2@\(noon)", "e2@\(noon + 60_000)"])
        let file = try #require(hand.file)
        #expect(file.state == .review && file.isTrouble && file.risks == [Self.over])
        let plan = try #require(file.plan)
        #expect(file.command == "flotilla schedule apply /etc/s1.yaml --plan \(plan) --yes")
        let alarms = hand.log.lines.filter { $0.contains("ALARM") }
        #expect(alarms.count == 1, "\(alarms)")
        #expect(alarms.first?.contains(Self.over) == true && alarms.first?.contains(file.command ?? "-") == true)
        let text = ServiceFile.text(Self.entries(2, every: "30s"))
        #expect(ScheduleText.planID(from: ServiceFile.text(Self.entries(2)), to: text) == plan)
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 2))
        await hand.turn(at: noon + 101_000)
        #expect(hand.version == 2 && hand.file?.state == .same)
        try await desk.close()
    }

    @Test func `an edit that removes most entries waits for a person, not for a minute`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try await leader(desk, Self.entries(6))
        try hand.save(Self.entries(2))
        for time in stride(from: Self.noon - 20_000, through: Self.noon + 200_000, by: 20_000) {
            await hand.turn(at: time)
        }
        #expect(hand.version == 1 && hand.file?.state == .review)
        #expect(hand.file?.risks == ["4 of 6 entries of the schedule would be removed"])
        // The rest of the file comes, and it is no risk any more.
        try hand.save(Self.entries(6, every: "2m"))
        await hand.turn(at: Self.noon + 201_000)
        #expect(hand.version == 2)
        try await desk.close()
    }

    @Test(arguments: [
        ("", "", true), ("review: never", "review: never", false), ("", "review: never", true),
        ("review: always", "review: never", true), ("review: never", "", true),
        ("review: never", "review: always", true),
    ])
    func `the stricter policy of the active version and the edit counts for a risky edit`(
        _ before: String, _ after: String, _ waits: Bool
    ) async throws {
        let desk = try await ScheduleDesk()
        var hand = try await leader(desk, Self.entries(2, review: before))
        desk.excesses.set([Self.over])
        try hand.save(Self.entries(2, every: "30s", review: after))
        await hand.turn(at: Self.noon - 50_000)
        #expect(hand.version == (waits ? 1 : 2))
        #expect(hand.file?.state == (waits ? .review : .edit))
        try await desk.close()
    }

    @Test func `each edit waits where each is reviewed, and needs no consent to a risk`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try await leader(desk, Self.entries(2, review: "review: always"))
        try hand.save(Self.entries(2, every: "2m", review: "review: always"))
        await hand.turn(at: Self.noon - 50_000)
        #expect(hand.version == 1 && hand.file?.state == .review)
        #expect(hand.file?.command?.hasSuffix(hand.file?.plan ?? "-") == true)
        try await desk.close()
    }

    @Test func `an edit that is not risky goes live at once, and while that is worked out it waits`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try await leader(desk, Self.entries(2))
        desk.excesses.set(nil)
        try hand.save(Self.entries(2, every: "2m"))
        await hand.turn(at: Self.noon - 50_000)
        await hand.turn(at: Self.noon - 49_750)
        #expect(hand.leads && hand.version == 1)
        desk.excesses.set([])
        await hand.turn(at: Self.noon - 49_500)
        #expect(hand.version == 2)
        try await desk.close()
    }

    @Test func `a file that is risky when its scheduler starts waits, and each take-over says so`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        desk.excesses.set([Self.over])
        // Without any active version there is nothing to compare it with.
        var first = try await leader(desk, Self.entries(2))
        await first.turn(at: noon - 59_000)
        var second = try ScheduleDesk.Hand(desk, Self.entries(3), name: "s2", modified: noon - 58_500)
        await second.turn(at: noon - 58_000)
        #expect(!second.leads && second.file?.state == .review)
        for number in 0..<2 {
            let now = noon + Int64(number) * 10_000
            second = try ScheduleDesk.Hand(desk, Self.entries(3), name: "again\(number)", modified: noon - 30_000)
            await second.turn(at: now)
            #expect(second.leads && second.version == 1 && second.file?.state == .review)
            let told = second.log.lines.filter { $0.contains("On host-again\(number) this activates it: flotilla") }
            #expect(told.count >= 2, "its alarm and its take-over: \(second.log.lines)")
        }
        // What is newer than the edit makes it a conflict, as ever.
        desk.set(noon + 20_000)
        let text = ServiceFile.text(Self.entries(1))
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 2))
        await second.turn(at: noon + 20_100)
        #expect(second.version == 2 && second.file?.state == .conflict)
        try await desk.close()
    }
}
