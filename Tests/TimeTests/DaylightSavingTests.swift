import ScheduleSupport
import Testing

@testable import Time

struct DaylightSavingTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let zone: String
        let expression: String
        let after: Int64
        let expected: [String]
        var testDescription: String { "\(expression) in \(zone)" }
    }

    static let fixed = [
        Row(
            zone: "Europe/Berlin", expression: "30 2 * * *", after: utc(2026, 3, 28, 0),
            expected: ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"]),
        // Every time in the gap, and 03:00 itself, fall on one instant: one run.
        Row(
            zone: "Europe/Berlin", expression: "0,20,40 2,3 29 3 *", after: utc(2026, 3, 29, 0),
            expected: ["2026-03-29 01:00", "2026-03-29 01:20", "2026-03-29 01:40", "2027-03-29 00:00"]),
        Row(
            zone: "Europe/Berlin", expression: "30 2 * * *", after: utc(2026, 10, 24, 12),
            expected: ["2026-10-25 00:30", "2026-10-26 01:30"]),
        Row(
            zone: "Europe/Berlin", expression: "0,30 2 25 10 *", after: utc(2026, 10, 25, 0, 40),
            expected: ["2027-10-25 00:00"]),
        Row(zone: "America/New_York", expression: "30 2 8 3 *", after: utc(2026, 3, 1), expected: ["2026-03-08 07:00"]),
        Row(
            zone: "America/New_York", expression: "30 1 1 11 *", after: utc(2026, 11, 1),
            expected: ["2026-11-01 05:30", "2027-11-01 05:30"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "15 2 4 10 *", after: utc(2026, 10, 1),
            expected: ["2026-10-03 15:30"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "45 1 5 4 *", after: utc(2026, 4, 1),
            expected: ["2026-04-04 14:45", "2027-04-04 15:15"]),
        Row(
            zone: "America/Santiago", expression: "0 0 * * *", after: utc(2026, 9, 5, 5),
            expected: ["2026-09-06 04:00", "2026-09-07 03:00"]),
        Row(
            zone: "Africa/Cairo", expression: "30 0 * * *", after: utc(2026, 4, 23, 0),
            expected: ["2026-04-23 22:00", "2026-04-24 21:30"]),
        Row(
            zone: "Africa/Cairo", expression: "30 23 29 10 *", after: utc(2026, 10, 29),
            expected: ["2026-10-29 20:30", "2027-10-29 21:30"]),
        Row(zone: "Pacific/Apia", expression: "0 12 30 12 *", after: utc(2011, 12, 1), expected: ["2011-12-30 10:00"]),
    ]

    static let rolling = [
        Row(
            zone: "Europe/Berlin", expression: "*/30 * * * *", after: utc(2026, 3, 29, 0, 10),
            expected: ["2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30"]),
        // Nothing extra after the gap: 02:15 does not exist, the next is 03:15.
        Row(
            zone: "Europe/Berlin", expression: "15 * * * *", after: utc(2026, 3, 29, 0, 20),
            expected: ["2026-03-29 01:15", "2026-03-29 02:15"]),
        Row(
            zone: "Europe/Berlin", expression: "*/20 2 * * *", after: utc(2026, 3, 28, 12),
            expected: ["2026-03-30 00:00", "2026-03-30 00:20", "2026-03-30 00:40"]),
        Row(
            zone: "Europe/Berlin", expression: "*/30 2 * * *", after: utc(2026, 10, 24, 12),
            expected: [
                "2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30", "2026-10-26 01:00",
            ]),
        Row(
            zone: "America/New_York", expression: "30 * 1 11 *", after: utc(2026, 11, 1, 5, 0),
            expected: ["2026-11-01 05:30", "2026-11-01 06:30", "2026-11-01 07:30"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "*/15 1 5 4 *", after: utc(2026, 4, 4, 14, 10),
            expected: [
                "2026-04-04 14:15", "2026-04-04 14:30", "2026-04-04 14:45", "2026-04-04 15:00", "2026-04-04 15:15",
                "2027-04-04 14:30",
            ]),
        Row(
            zone: "America/Santiago", expression: "0 */6 * * *", after: utc(2026, 9, 5, 23),
            expected: ["2026-09-06 09:00", "2026-09-06 15:00"]),
        Row(
            zone: "Africa/Cairo", expression: "*/30 0 * * *", after: utc(2026, 4, 23, 12),
            expected: ["2026-04-24 21:00", "2026-04-24 21:30"]),
    ]

    @Test(arguments: fixed)
    func `a fixed time in a gap runs at its end and a repeated one once`(row: Row) throws {
        #expect(try times(row.expression, in: row.zone, after: row.after, count: row.expected.count) == row.expected)
    }

    @Test(arguments: rolling)
    func `a rolling entry follows elapsed time`(row: Row) throws {
        #expect(try times(row.expression, in: row.zone, after: row.after, count: row.expected.count) == row.expected)
    }

    /// What an entry says, beside its expression.
    struct Told: CustomTestStringConvertible, Sendable {
        let zone: String
        let expression: String
        var gap: CronExpression.GapRule?
        var overlapHour: CronExpression.OverlapHourRule?
        let after: Int64
        let expected: [String]
        var testDescription: String {
            "\(expression) in \(zone), \(gap?.rawValue ?? "-") \(overlapHour?.rawValue ?? "-")"
        }
    }

    static let gaps = [
        Told(
            zone: "Europe/Berlin", expression: "15,30 2 * * *", gap: .shift, after: utc(2026, 3, 28, 2),
            expected: ["2026-03-29 01:15", "2026-03-29 01:30", "2026-03-30 00:15"]),
        Told(
            zone: "Europe/Berlin", expression: "30 2 * * *", gap: .skip, after: utc(2026, 3, 28, 2),
            expected: ["2026-03-30 00:30", "2026-03-31 00:30"]),
        // 02:30 moved to 03:30, where the entry runs anyway: one run.
        Told(
            zone: "America/New_York", expression: "30 2,3 8 3 *", gap: .shift, after: utc(2026, 3, 1),
            expected: ["2026-03-08 07:30", "2027-03-08 07:30", "2027-03-08 08:30"]),
        // The gap lies at midnight: the day begins at 01:00.
        Told(
            zone: "America/Sao_Paulo", expression: "0 0 4 11 *", after: utc(2018, 1, 1),
            expected: ["2018-11-04 03:00", "2019-11-04 03:00"]),
        Told(
            zone: "America/Sao_Paulo", expression: "30 0 4 11 *", gap: .shift, after: utc(2018, 1, 1),
            expected: ["2018-11-04 03:30", "2019-11-04 03:30"]),
        Told(
            zone: "Asia/Beirut", expression: "0 0 * * *", gap: .skip, after: utc(2026, 3, 28),
            expected: ["2026-03-29 21:00", "2026-03-30 21:00"]),
        Told(
            zone: "Africa/Cairo", expression: "15 0 24 4 *", gap: .shift, after: utc(2026, 1, 1),
            expected: ["2026-04-23 22:15", "2027-04-23 22:15"]),
        Told(
            zone: "Australia/Lord_Howe", expression: "10 2 4 10 *", gap: .shift, after: utc(2026, 10, 1),
            expected: ["2026-10-03 15:40", "2027-10-03 15:10"]),
        Told(
            zone: "Antarctica/Troll", expression: "30 1,2 * * *", after: utc(2026, 3, 28, 12),
            expected: ["2026-03-29 01:00", "2026-03-29 23:30"]),
        Told(
            zone: "Antarctica/Troll", expression: "30 1,2 * * *", gap: .shift, after: utc(2026, 3, 28, 12),
            expected: ["2026-03-29 01:30", "2026-03-29 02:30", "2026-03-29 23:30"]),
        // The day that Samoa skipped, whole: once at its end, a day later, or not at all.
        Told(
            zone: "Pacific/Apia", expression: "0 6,18 30 12 *", after: utc(2011, 12, 1),
            expected: ["2011-12-30 10:00", "2012-12-29 16:00"]),
        Told(
            zone: "Pacific/Apia", expression: "0 6,18 30 12 *", gap: .shift, after: utc(2011, 12, 1),
            expected: ["2011-12-30 16:00", "2011-12-31 04:00", "2012-12-29 16:00"]),
        Told(
            zone: "Pacific/Apia", expression: "0 6,18 30 12 *", gap: .skip, after: utc(2011, 12, 1),
            expected: ["2012-12-29 16:00", "2012-12-30 04:00"]),
        // A rolling entry that is told to make up for the gap runs at its end.
        Told(
            zone: "Europe/Berlin", expression: "15 * * * *", gap: .runAfter, after: utc(2026, 3, 29, 0, 20),
            expected: ["2026-03-29 01:00", "2026-03-29 01:15"]),
    ]

    static let overlaps = [
        Told(
            zone: "Europe/Berlin", expression: "30 2 * * *", overlapHour: .last, after: utc(2026, 10, 24, 12),
            expected: ["2026-10-25 01:30", "2026-10-26 01:30"]),
        Told(
            zone: "Europe/Berlin", expression: "30 2 * * *", overlapHour: .both, after: utc(2026, 10, 24, 12),
            expected: ["2026-10-25 00:30", "2026-10-25 01:30", "2026-10-26 01:30"]),
        Told(
            zone: "America/New_York", expression: "*/30 1 * * *", overlapHour: .first, after: utc(2026, 11, 1),
            expected: ["2026-11-01 05:00", "2026-11-01 05:30", "2026-11-02 06:00"]),
        Told(
            zone: "America/New_York", expression: "*/30 * * * *", overlapHour: .last, after: utc(2026, 11, 1, 4, 20),
            expected: ["2026-11-01 04:30", "2026-11-01 06:00", "2026-11-01 06:30", "2026-11-01 07:00"]),
        // Midnight comes twice.
        Told(
            zone: "America/Sao_Paulo", expression: "30 23 17 2 *", overlapHour: .last, after: utc(2018, 1, 1),
            expected: ["2018-02-18 02:30", "2019-02-18 02:30"]),
        Told(
            zone: "Asia/Beirut", expression: "30 23 24 10 *", overlapHour: .both, after: utc(2026, 10, 1),
            expected: ["2026-10-24 20:30", "2026-10-24 21:30", "2027-10-24 20:30"]),
        Told(
            zone: "Africa/Cairo", expression: "30 23 29 10 *", overlapHour: .last, after: utc(2026, 10, 1),
            expected: ["2026-10-29 21:30", "2027-10-29 21:30"]),
        Told(
            zone: "Australia/Lord_Howe", expression: "45 1 5 4 *", overlapHour: .last, after: utc(2026, 4, 1),
            expected: ["2026-04-04 15:15", "2027-04-04 15:15"]),
        Told(
            zone: "Antarctica/Troll", expression: "30 1 25 10 *", overlapHour: .last, after: utc(2026, 10, 1),
            expected: ["2026-10-25 01:30", "2027-10-24 23:30"]),
    ]

    @Test(arguments: gaps + overlaps)
    func `an entry that says so treats changes of the clocks otherwise`(row: Told) throws {
        let cron = try CronExpression(row.expression, gap: row.gap, overlapHour: row.overlapHour)
        let rules = try TimeZoneDatabase().rules(named: row.zone)
        var found: [String] = []
        var cursor = row.after
        while found.count < row.expected.count, let next = cron.next(after: cursor, in: rules) {
            found.append(shown(next))
            cursor = next
        }
        #expect(found == row.expected)
    }

    @Test func `a run that a change of the clocks moved or left out says so`() throws {
        let berlin = try TimeZoneDatabase().rules(named: "Europe/Berlin")
        let fixed = try CronExpression("30 2 * * *")
        let meant = CivilTime(year: 2026, month: 3, day: 29, hour: 2, minute: 30)
        #expect(fixed.daylightNote(at: utc(2026, 3, 29, 1), in: berlin) == .gap(meant: meant))
        #expect(fixed.daylightNote(at: utc(2026, 10, 25, 0, 30), in: berlin) == .secondPassSkipped)
        #expect(fixed.daylightNote(at: utc(2026, 10, 26, 1, 30), in: berlin) == nil)
        let shifted = try CronExpression("30 2 * * *", gap: .shift, overlapHour: .last)
        #expect(shifted.daylightNote(at: utc(2026, 3, 29, 1, 30), in: berlin) == .gap(meant: meant))
        #expect(shifted.daylightNote(at: utc(2026, 10, 25, 1, 30), in: berlin) == .firstPassSkipped)
        let rolling = try CronExpression("*/30 * * * *")
        #expect(rolling.daylightNote(at: utc(2026, 10, 25, 0, 30), in: berlin) == nil)
        #expect(rolling.daylightNote(at: utc(2026, 10, 25, 1, 30), in: berlin) == nil)
    }

    @Test func `a time that lies in the gap of every year and is skipped there never comes`() throws {
        let berlin = try TimeZoneDatabase().rules(named: "Europe/Berlin")
        let never = try CronExpression("30 2 * 3 SUNL", gap: .skip)
        #expect(never.next(after: utc(2026, 1, 1), in: berlin) == nil)
        #expect(never.next(after: utc(1960, 1, 1), in: berlin) != nil)
    }
}
