import ScheduleSupport
import Testing

@testable import Time

struct WrittenTimeTests {
    @Test(arguments: [
        ("2026-01-31T08:00:00Z", utc(2026, 1, 31, 8) * 1000), ("2026-01-31t08:00:00z", utc(2026, 1, 31, 8) * 1000),
        ("2026-01-31 08:00+02:00", utc(2026, 1, 31, 6) * 1000),
        ("2026-01-31T08:00:00-0130", utc(2026, 1, 31, 9, 30) * 1000),
        ("2028-02-29T23:59:59.9999Z", utc(2028, 2, 29, 23, 59, 59) * 1000 + 999),
        ("2000-02-29T00:00:00.5Z", utc(2000, 2, 29) * 1000 + 500), ("1969-12-31T23:59:59.25Z", -750),
        ("2026-01-01T00:00:00+18:00", utc(2025, 12, 31, 6) * 1000),
        ("2026-01-01T00:00:00-00:00", utc(2026, 1, 1) * 1000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
    ])
    func `a time with its offset is read to the millisecond`(_ text: String, _ milliseconds: Int64) throws {
        #expect(try WrittenTime.unixMilliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        ("2028-02-30T00:00:00Z", "2028-02 has 29 days"), ("2027-02-29T00:00:00Z", "2027-02 has 28 days"),
        ("1900-02-29T00:00:00Z", "1900-02 has 28 days"), ("2026-04-31T00:00:00Z", "2026-04 has 30 days"),
        ("2026-01-00T00:00:00Z", "there is no day 0"), ("2026-00-01T00:00:00Z", "there is no month 0"),
        ("2026-13-01T00:00:00Z", "there is no month 13"), ("0000-01-01T00:00:00Z", "years are 0001 to 9999"),
        ("2026-01-01T24:00:00Z", "the hours of a day are 00 to 23"),
        ("2026-01-01T23:60:00Z", "the minutes of an hour are 00 to 59"),
        ("2016-12-31T23:59:60Z", "seconds are 00 to 59, and unix time has no leap seconds"),
        ("2026-01-01T00:00:00+18:01", "offsets from UTC go from -18:00 to +18:00"),
        ("2026-01-01T00:00:00-19:00", "offsets from UTC go from -18:00 to +18:00"),
        ("2026-01-01T00:00:00+05:60", "offsets from UTC go from -18:00 to +18:00"),
        ("2026-01-01T00:00:00", "it has no offset from UTC, such as Z"),
    ])
    func `what no calendar or clock shows is refused with the reason`(_ text: String, _ reason: String) {
        let expected = TimeError.time(text: text, reason)
        #expect(throws: expected) { try WrittenTime.unixMilliseconds(text) }
        #expect("\(expected)" == "'\(text)' is not a time: \(reason). Write it like 2026-01-31T08:00:00Z.")
    }

    @Test(arguments: [
        "", "tomorrow", "2026-01-31", "2026-1-31T08:00:00Z", "12026-01-01T00:00:00Z", "2026-01-01T0:00:00Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00Z ", "２026-01-01T00:00:00Z",
        "2026-01-01T00:00:00 Z", "-2026-01-01T00:00:00Z", "2026-01-01T00:00:00+2", "2026-W05-1T00:00:00Z",
    ])
    func `anything else is no time`(_ text: String) {
        #expect(throws: TimeError.time(text: text, "")) { try WrittenTime.unixMilliseconds(text) }
    }
}
