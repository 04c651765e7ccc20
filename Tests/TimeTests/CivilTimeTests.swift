import Testing

@testable import Time

struct CivilTimeTests {
    @Test func `every day of a thousand years survives the way there and back`() {
        let first = CivilTime.daysSinceEpoch(year: 1600, month: 1, day: 1)
        var expected = CivilTime(year: 1600, month: 1, day: 1)
        for days in first..<(first + 365_250) {
            let seconds = Int64(days) * 86_400
            guard CivilTime(secondsSinceEpoch: seconds) == expected, expected.secondsSinceEpoch == seconds else {
                Issue.record("\(expected) does not come back")
                return
            }
            expected.day += 1
            if expected.day > CivilTime.days(inMonth: expected.month, of: expected.year) {
                (expected.day, expected.month) = (1, expected.month + 1)
                if expected.month == 13 { (expected.month, expected.year) = (1, expected.year + 1) }
            }
        }
    }

    @Test func `known instants have their known dates`() {
        #expect(
            CivilTime(secondsSinceEpoch: -1)
                == CivilTime(year: 1969, month: 12, day: 31, hour: 23, minute: 59, second: 59))
        #expect(
            CivilTime(secondsSinceEpoch: 951_827_696)
                == CivilTime(year: 2000, month: 2, day: 29, hour: 12, minute: 34, second: 56))
        #expect(CivilTime(year: 2026, month: 11, day: 22).weekday == 0)
        #expect(CivilTime(year: 1970, month: 1, day: 1).weekday == 4)
    }
}
