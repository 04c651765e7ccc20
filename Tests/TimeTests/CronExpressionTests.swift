import ScheduleSupport
import Testing

@testable import Time

struct CronExpressionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let expression: String
        let expected: [String]
        var days = CronExpression.DayRule.any
        var testDescription: String { expression }
    }

    static let start = utc(2026, 11, 22, 12, 34, 56)

    @Test(arguments: [
        Row(expression: "* * * * *", expected: ["2026-11-22 12:35", "2026-11-22 12:36"]),
        Row(expression: "*/15 * * * *", expected: ["2026-11-22 12:45", "2026-11-22 13:00"]),
        Row(expression: "5/20 * * * *", expected: ["2026-11-22 12:45", "2026-11-22 13:05", "2026-11-22 13:25"]),
        Row(
            expression: "10-30/10,55 8 * * *",
            expected: ["2026-11-23 08:10", "2026-11-23 08:20", "2026-11-23 08:30", "2026-11-23 08:55"]),
        Row(expression: "*/20 * * * * *", expected: ["2026-11-22 12:35", "2026-11-22 12:35:20"]),
        Row(
            expression: "57,59 34 12 * * *",
            expected: ["2026-11-22 12:34:57", "2026-11-22 12:34:59", "2026-11-23 12:34:57"]),
        Row(expression: "0 8 * * MON-FRI", expected: ["2026-11-23 08:00", "2026-11-24 08:00"]),
        Row(
            expression: "0 0 * * fri-mon",
            expected: [
                "2026-11-23 00:00", "2026-11-27 00:00", "2026-11-28 00:00", "2026-11-29 00:00", "2026-11-30 00:00",
            ]),
        Row(
            expression: "0 0 * * 5-7",
            expected: ["2026-11-27 00:00", "2026-11-28 00:00", "2026-11-29 00:00", "2026-12-04 00:00"]),
        Row(expression: "0 0 * * 7", expected: ["2026-11-29 00:00", "2026-12-06 00:00"]),
        Row(expression: "0 0 * * 0", expected: ["2026-11-29 00:00", "2026-12-06 00:00"]),
        Row(expression: "0 0 1 JAN,jul ?", expected: ["2027-01-01 00:00", "2027-07-01 00:00"]),
        Row(
            expression: "0 0 L * *",
            expected: ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00", "2027-02-28 00:00"]),
        Row(
            expression: "0 0 L-3 * *",
            expected: ["2026-11-27 00:00", "2026-12-28 00:00", "2027-01-28 00:00", "2027-02-25 00:00"]),
        Row(expression: "0 0 15W * *", expected: ["2026-12-15 00:00", "2027-01-15 00:00", "2027-02-15 00:00"]),
        Row(
            expression: "0 0 1W * *",
            expected: [
                "2026-12-01 00:00", "2027-01-01 00:00", "2027-02-01 00:00", "2027-03-01 00:00", "2027-04-01 00:00",
                "2027-05-03 00:00",
            ]),
        Row(expression: "0 0 31W * *", expected: ["2026-12-31 00:00", "2027-01-29 00:00", "2027-03-31 00:00"]),
        Row(
            expression: "0 0 LW * *",
            expected: ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-29 00:00", "2027-02-26 00:00"]),
        Row(expression: "0 0 * * FRI#2", expected: ["2026-12-11 00:00", "2027-01-08 00:00"]),
        Row(expression: "0 0 * * 1#5", expected: ["2026-11-30 00:00", "2027-03-29 00:00"]),
        Row(expression: "0 0 * * FRIL", expected: ["2026-11-27 00:00", "2026-12-25 00:00", "2027-01-29 00:00"]),
        Row(expression: "0 0 ? * 7L", expected: ["2026-11-29 00:00", "2026-12-27 00:00"]),
        Row(
            expression: "0 0 13 * FRI",
            expected: ["2026-11-27 00:00", "2026-12-04 00:00", "2026-12-11 00:00", "2026-12-13 00:00"]),
        Row(expression: "0 0 13 * FRI", expected: ["2027-08-13 00:00", "2028-10-13 00:00"], days: .all),
        // Vixie: a day field that starts with a star is free, so both must hold.
        Row(expression: "0 0 */2 * MON", expected: ["2026-11-23 00:00", "2026-12-07 00:00", "2026-12-21 00:00"]),
        Row(expression: "0 0 29 2 *", expected: ["2028-02-29 00:00", "2032-02-29 00:00"]),
        Row(expression: "0 0 29 2 MON", expected: ["2044-02-29 00:00", "2072-02-29 00:00"], days: .all),
        Row(expression: "@yearly", expected: ["2027-01-01 00:00"]),
        Row(expression: "@annually", expected: ["2027-01-01 00:00"]),
        Row(expression: "@monthly", expected: ["2026-12-01 00:00"]),
        Row(expression: "@weekly", expected: ["2026-11-29 00:00"]),
        Row(expression: "@daily", expected: ["2026-11-23 00:00"]),
        Row(expression: "@midnight", expected: ["2026-11-23 00:00"]),
        Row(expression: "@Hourly", expected: ["2026-11-22 13:00", "2026-11-22 14:00"]),
        Row(expression: "  0\t8  * * *  ", expected: ["2026-11-23 08:00"]),
    ])
    func `an expression fires when its fields say`(row: Row) throws {
        let found = try times(row.expression, after: Self.start, count: row.expected.count, days: row.days)
        #expect(found == row.expected)
    }

    @Test(arguments: [
        ("61 * * * *", "minute", 0, "'61' is out of range. Use 0 to 59."),
        ("* 24 * * *", "hour", 2, "Use 0 to 23."),
        ("* * 0 * *", "day-of-month", 4, "Use 1 to 31."),
        ("* * * 13 *", "month", 6, "Use 1 to 12 or JAN to DEC."),
        ("* * * * 8", "day-of-week", 8, "Use 0 to 7 or SUN to SAT."),
        ("* * * * MOM", "day-of-week", 8, "Did you mean MON?"),
        ("0 22-2 * * *", "hour", 2, "Write it as two: 22-23,0-2."),
        ("*/0 * * * *", "minute", 2, "must be 1 to 59"),
        ("*/90 * * * *", "minute", 2, "must be 1 to 59"),
        ("1,,2 * * * *", "minute", 2, "empty element"),
        ("1- * * * *", "minute", 2, "a number is missing"),
        ("-1 * * * *", "minute", 0, "a number is missing"),
        ("1/2/3 * * * *", "minute", 2, "must be 1 to 59"),
        ("? * * * *", "minute", 0, "Use * in the minute field."),
        ("0 0 32W * *", "day-of-month", 4, "Use 1 to 31."),
        ("0 0 L-31 * *", "day-of-month", 6, "1 to 30"),
        ("0 0 5#2 * *", "day-of-month", 4, "# belongs to day-of-week"),
        ("0 0 * * L", "day-of-week", 8, "Use SAT for Saturdays"),
        ("0 0 * * 5#6", "day-of-week", 10, "must be 1 to 5"),
        ("0 0 30 2 *", "day-of-month", 4, "this never fires"),
        ("0 0 31 4,6 *", "day-of-month", 4, "this never fires"),
        ("0 0 31W FEB *", "day-of-month", 4, "this never fires"),
        ("99999999999999999999 * * * *", "minute", 0, "out of range"),
        ("٣ * * * *", "minute", 0, "is not a minute"),
    ])
    func `a mistake is named with its field, place and remedy`(text: String, field: String, offset: Int, words: String)
    {
        #expect { try CronExpression(text) } throws: { error in
            guard case TimeError.cron(_, let problem) = error else { return false }
            return problem.field == field && problem.offset == offset && problem.sentence.contains(words)
        }
    }

    @Test(arguments: ["", "* * * *", "* * * * * * *", "@never", "@every 5m", "@daily 3", "@reboot", "hello"])
    func `an expression of the wrong shape is refused`(text: String) {
        #expect(throws: TimeError.self) { try CronExpression(text) }
    }

    @Test func `fixed means that neither minute nor hour starts with a star`() throws {
        for text in ["30 2 * * *", "0,30 1-5 * * MON", "@daily", "5/10 3 * * *"] {
            #expect(try CronExpression(text).isFixed)
        }
        for text in ["* 2 * * *", "0 * * * *", "*/5 2 * * *", "0 */2 * * *", "@hourly"] {
            #expect(try !CronExpression(text).isFixed)
        }
    }

    @Test func `the calendar's end is the end`() throws {
        let cron = try CronExpression("* * * * *")
        #expect(cron.next(after: .max, in: .utc) == nil)
        #expect(cron.next(after: .min, in: .utc) != nil)
        #expect(Cadence.every(milliseconds: 1000, offset: 0).next(after: .max) == nil)
        #expect(Cadence.every(milliseconds: 1000, offset: 0).next(after: .min) == nil)
    }
}
