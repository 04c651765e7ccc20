import JobQueue
import Redis
import TestSupport
import Testing

@testable import Scheduler

/// Files that were saved half, where no edit is reviewed.
struct HalfWrittenFileTests {
    private static let noon = ScheduleDesk.noon
    private static func entries(_ count: Int, every: String = "1m") -> String {
        count == 0
            ? "{}\nreview: never"
            : "{ "
                + (1...count).map { "e\($0): { job: evaluation, every: \(every), overlap: allow }" }
                .joined(separator: ", ") + " }\nreview: never"
    }

    @Test(arguments: [
        (6, 2, true), (6, 3, false), (4, 1, true), (3, 1, true), (2, 1, false), (2, 0, true), (1, 0, true),
    ])
    func `a change that removes most entries waits until it has been unchanged for a minute`(
        _ before: Int, _ after: Int, _ waits: Bool
    ) async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries(before))
        await hand.turn(at: noon - 30_000)
        try hand.save(Self.entries(after))
        await hand.turn(at: noon - 20_000)
        #expect(hand.version == (waits ? 1 : 2))
        if waits {
            #expect(hand.file?.state == .waiting && hand.file?.until == noon + 40_000)
            #expect(hand.log.lines.contains { $0.contains("waits until it has been unchanged for a minute") })
            await hand.turn(at: noon + 39_999)
            #expect(hand.version == 1)
            await hand.turn(at: noon + 40_000)
            #expect(hand.version == 2)
        }
        // No tick of any entry was lost meanwhile.
        await hand.turn(at: noon + 41_000)
        #expect(try await desk.jobs().count == (waits ? before : after))
        try await desk.close()
    }

    @Test func `a clock that is set forward makes no half-written file older`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries(6))
        await hand.turn(at: noon - 300_000)
        hand = try ScheduleDesk.Hand(desk, Self.entries(2), name: "s2", modified: noon - 31_000)
        await hand.turn(at: noon - 30_000)
        #expect(hand.leads && hand.version == 1 && hand.file?.state == .waiting)
        desk.step(by: 3_600_000)
        await hand.turn(at: desk.now + 250)
        #expect(hand.leads && hand.version == 1)
        await hand.turn(at: desk.now + 20_000)
        #expect(hand.version == 1)
        try await desk.close()
    }

    @Test func `the rest of a file that comes three seconds later is the change`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries(6))
        await hand.turn(at: noon - 30_000)
        try hand.save(Self.entries(1))
        await hand.turn(at: noon - 20_000)
        try hand.save(Self.entries(6, every: "2m"))
        await hand.turn(at: noon - 17_000)
        #expect(hand.version == 2)
        #expect(try await desk.broker.schedules.scheduleNumber() == 2)
        await hand.turn(at: noon - 16_900)
        #expect(hand.file?.state == .same)
        try await desk.close()
    }

    @Test func `a lone scheduler that starts with a half-written file waits for the rest`() async throws {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries(6))
        await hand.turn(at: noon - 300_000)
        hand = try ScheduleDesk.Hand(desk, Self.entries(2), name: "s2", modified: noon - 31_000)
        await hand.turn(at: noon - 30_000)
        #expect(hand.leads && hand.version == 1 && hand.file?.state == .waiting)
        await hand.turn(at: noon + 1)
        #expect(try await desk.jobs().filter { $0.hasSuffix("@\(noon)") }.count == 6)
        try hand.save(Self.entries(6, every: "2m"))
        await hand.turn(at: noon + 1_000)
        #expect(hand.version == 2)
        try await desk.close()
    }

    @Test func `what waits is activated by apply, and a clock that is set makes it neither longer nor shorter`()
        async throws
    {
        let desk = try await ScheduleDesk()
        let noon = Self.noon
        var hand = try ScheduleDesk.Hand(desk, Self.entries(6))
        await hand.turn(at: noon - 30_000)
        try hand.save(Self.entries(1))
        await hand.turn(at: noon - 29_000)
        for step: Int64 in [10 * 365 * 86_400_000, -20 * 365 * 86_400_000, 10 * 365 * 86_400_000] {
            desk.step(by: step)
            await hand.turn(at: desk.now + 5_000)
            #expect(hand.version == 1 && hand.file?.state == .waiting)
        }
        let text = ServiceFile.text(Self.entries(1))
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops") == .stored(version: 2))
        await hand.turn(at: desk.now + 100)
        #expect(hand.version == 2 && hand.file?.state == .same)
        try await desk.close()
    }
}
