import Testing

@testable import Scheduler

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
}
