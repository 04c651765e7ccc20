import JobQueue
import ScheduleSupport
import Scheduler
import Testing
import Time

@testable import ScheduleConfiguration

/// What an entry may say beyond its cadence.
struct EntryLanguageTests {
    private static func entry(_ keys: String, calendars: String = "{}") throws -> ScheduleEntry {
        try #require(
            try parsed(
                """
                queues: { evaluation: }
                pools: { all: { queues: ["*"] } }
                calendars: \(calendars)
                schedules: { a: { job: evaluation, every: 1m, \(keys) } }
                """
            ).schedules.first)
    }

    /// The one problem of an entry; its line is always 4.
    private static func problem(_ keys: String, calendars: String = "{}") -> [String] {
        problems(
            "queues: { evaluation: }\npools: { all: { queues: [\"*\"] } }\ncalendars: \(calendars)\n"
                + "schedules: { a: { job: evaluation, every: 1m, \(keys) } }\n"
        ).map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test func `every word of the policies is understood`() throws {
        for policy in OverlapPolicy.allCases {
            #expect(try Self.entry("overlap: \(policy.rawValue)").overlap == policy)
        }
        for policy in MisfirePolicy.allCases {
            #expect(try Self.entry("misfire: \(policy.rawValue)").misfire == policy)
        }
        let entry = try Self.entry("misfire: all, misfire_max: 100, overlap: queue-all, overlap_max: 3")
        #expect((entry.misfireMax, entry.overlapMax) == (100, 3))
        let plain = try Self.entry("pause_after_failures: 5, was: old.name, jitter: 2s")
        #expect((plain.misfireMax, plain.overlapMax, plain.pauseAfterFailures) == (10, 10, 5))
        #expect(plain.renamedFrom == "old.name" && plain.jitterMilliseconds == 2_000)
    }

    @Test func `a fan-out has a source and an argument`() throws {
        #expect(try Self.entry("for_each: running_bots").forEach == ForEach(.named("running_bots"), argument: "bot_id"))
        #expect(try Self.entry("for_each: products").forEach == ForEach(.named("products"), argument: "product"))
        #expect(try Self.entry("for_each: [7, x-1]").forEach == ForEach(.list(["7", "x-1"]), argument: "bot_id"))
    }

    @Test func `hours are days, times, or both, and count by the entry's zone`() throws {
        let entry = try Self.entry(
            "timezone: Europe/Berlin, window: [MON-FRI 08:00-18:00, \"SAT,SUN 22:00-06:00\"], start: 2026-03-02, "
                + "end: 2026-03-31, quiet: [holidays]", calendars: "{ holidays: [2026-03-10..2026-03-11, 2026-12-25] }")
        #expect(entry.hours.zone.name == "Europe/Berlin")
        #expect(
            entry.hours.windows == [
                .init(days: 0b011_1110, from: 28_800, until: 64_800),
                .init(days: 0b100_0001, from: 79_200, until: 21_600),
            ])
        // In March Berlin goes from one hour before UTC to two.
        #expect(entry.hours.start == utc(2026, 3, 1, 23) * 1000)
        #expect(entry.hours.end == utc(2026, 3, 31, 22) * 1000)
        #expect(entry.hours.quiet.map(\.calendar) == ["holidays"])
        #expect(entry.hours.quiet.first?.days.map(\.count) == [2, 1])
        #expect(try Self.entry("window: SAT").hours.windows == [.init(days: 0b100_0000, from: 0, until: 86_400)])
        #expect(try Self.entry("window: FRI-MON 00:00-24:00").hours.windows.first?.days == 0b110_0011)
    }

    @Test(arguments: [
        ("misfire_max: 3", "misfire_max has an effect only with misfire: all. Remove it, or write misfire: all."),
        (
            "misfire: all, misfire_max: 101",
            "misfire_max takes a whole number from 1 to 100, not the number 101. Write for example misfire_max: 1."
        ),
        (
            "overlap_max: 3",
            "overlap_max has an effect only with overlap: queue-all. Remove it, or write overlap: queue-all."
        ),
        ("for_each: []", "a list of 0 entities. Name 1 to 1000."),
        (
            "for_each: running_bots, args: { x: 1, bot_id: 7 }",
            "args holds bot_id, which for_each sets to each job's own entity. Remove it here."
        ),
        ("for_each: [a, a]", "the entity 'a' is listed twice. Remove one of the two."),
        (
            "for_each: [a#b]",
            "an entity is a name, not 'a#b'. Use 1 to 48 of A-Z, a-z, 0-9, '.', '_' and '-', "
                + "beginning with a letter or digit."
        ),
        ("window: 8-18", "window takes days, hours or both, not '8-18'. Write for example MON-FRI 08:00-18:00."),
        (
            "window: MON 08:00-08:00",
            "window takes days, hours or both, not 'MON 08:00-08:00'. Write for example MON-FRI 08:00-18:00."
        ),
        (
            "window: MON 24:00-25:00",
            "window takes days, hours or both, not 'MON 24:00-25:00'. Write for example MON-FRI 08:00-18:00."
        ),
        ("start: 2026-02-29", "start takes a day, not '2026-02-29'. Write it like 2026-01-31."),
        (
            "start: 2026-02-02, end: 2026-02-01",
            "end lies before start, so it would never tick. Use a later day; end is inclusive."
        ),
        ("quiet: holiday", "no calendar is called 'holiday'. Did you mean holidays?"),
        ("quiet: x", "no calendar is called 'x'. Declare it under calendars."),
        ("was: a", "'a' is an entry of this file. Remove was, or that entry."),
        ("renamed_from: a", "'a' is an entry of this file. Remove renamed_from, or that entry."),
        (
            "was: ../x",
            "'../x' is not a name. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."
        ),
        (
            "pause_after_failures: 0",
            "pause_after_failures takes a whole number from 1 to 100, not the number 0. "
                + "Write for example pause_after_failures: 1."
        ),
        (
            "jitter: 61s",
            "the jitter is longer than the shortest time between two ticks (60s). Use at most that."
        ),
        (
            "spread: 40s, jitter: 40s",
            "the spread and the jitter are together longer than the shortest time between two ticks (60s). "
                + "Use at most that."
        ),
        (
            "timezone: Europe/Berlin",
            "timezone has no effect on an interval. Remove it, or use cron instead of every."
        ),
    ])
    func `what makes no sense is refused with its remedy`(_ keys: String, _ expected: String) {
        #expect(Self.problem(keys, calendars: "{ holidays: [2026-12-25] }") == [expected])
    }

    @Test func `a calendar holds days only, and two entries cannot have been one`() {
        #expect(
            Self.problem("quiet: h", calendars: "{ h: [2026-12-26..2026-12-24] }") == [
                "a calendar holds days, not '2026-12-26..2026-12-24'. Write 2026-12-25, or 2026-12-24..2026-12-26."
            ])
        #expect(
            Self.problem("was: x }, b: { job: evaluation, every: 1m, renamed_from: x") == [
                "'a' was 'x' too. Keep renamed_from in one of the two."
            ])
    }

    @Test func `open and closed stretches follow the wall clock through a change of clocks`() throws {
        let entry = try Self.entry("timezone: Europe/Berlin, window: SAT-SUN 01:00-04:00")
        // 29 March 2026: 02:00 is 03:00 in Berlin, so three hours of the clock are two.
        let open = utc(2026, 3, 29, 0) * 1000
        #expect(entry.closedBecause(at: open - 1) == "outside of its window")
        #expect(entry.closedBecause(at: open) == nil)
        #expect(entry.closedBecause(at: open + 2 * 3_600_000 - 1) == nil)
        #expect(entry.closedBecause(at: open + 2 * 3_600_000) == "outside of its window")
        // Any stretch says the same at each of its minutes as a look at the minute itself, and stretches follow on.
        var time = open - 3 * 86_400_000
        while time < open + 3 * 86_400_000 {
            let stretch = entry.hours.stretch(at: time)
            #expect(stretch.until > time)
            for minute in stride(from: time, to: stretch.until, by: 60_000) {
                #expect(entry.closedBecause(at: minute) == stretch.closedBecause)
            }
            time = stretch.until
        }
    }

    @Test func `a window past midnight belongs to the day on which it begins`() throws {
        let entry = try Self.entry("window: MON 22:00-06:00")
        let monday = utc(2026, 11, 23) * 1000
        let hour: Int64 = 3_600_000
        let isOpen = [21, 22, 29, 30].map { entry.closedBecause(at: monday + $0 * hour) == nil }
        #expect(isOpen == [false, true, true, false])
        #expect(entry.closedBecause(at: monday + hour) != nil)
    }

    @Test func `there are no ticks before the first day and after the last`() throws {
        let entry = try Self.entry("start: 2026-11-23, end: 2026-11-23")
        let (start, end) = (utc(2026, 11, 23) * 1000, utc(2026, 11, 24) * 1000)
        #expect(entry.next(after: 0) == start)
        #expect(entry.next(after: end - 60_001) == end - 60_000)
        #expect(entry.next(after: end - 60_000) == nil)
        #expect(entry.count(after: 0, through: .max / 2, limit: 10_000) == 1_440)
        #expect(entry.latest(after: 0, through: .max / 2) == end - 60_000)
        #expect(entry.ticks(after: end, through: .max / 2, limit: 3).isEmpty)
    }

    @Test func `jitter changes from tick to tick and is the same for whoever asks`() throws {
        let entry = try Self.entry("jitter: 30s, for_each: [x, y]")
        let start = utc(2026, 11, 23) * 1000
        let delays = (0..<200).flatMap { minute in
            ["x", "y"].map { entry.due(nominal: start + minute * 60_000, entity: $0) - (start + minute * 60_000) }
        }
        #expect(delays.allSatisfy { (0..<30_000).contains($0) })
        #expect(Set(delays).count > 350)
        // Pinned: a new hash would make yesterday's simulation wrong.
        #expect(delays.prefix(3) == [1_906, 22_192, 6_968])
    }
}
