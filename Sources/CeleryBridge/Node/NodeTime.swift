import Foundation

/// How times are written for Celery's clients.
enum NodeTime {
    /// Unix seconds with their fraction, from unix ms.
    static func seconds(_ milliseconds: Int64) -> String { String(Double(milliseconds) / 1000) }

    /// ISO 8601 in UTC with microseconds, as Python's `isoformat` writes: no fraction where it is zero.
    /// Times outside of the years 1 to 9999 are brought to the nearest of them.
    static func iso(_ milliseconds: Int64) -> String {
        let bounded = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        let (days, time) = floorDivide(bounded, 86_400_000)
        let (year, month, day) = civil(days)
        let fraction = time % 1000 == 0 ? "" : "." + padded(time % 1000, 3) + "000"
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { padded($0, 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T" + clock.joined(separator: ":") + fraction
            + "+00:00"
    }

    /// Hours that the local zone lies west of UTC at a moment, as Celery's events tell it.
    static func utcOffset(at milliseconds: Int64) -> Double {
        let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return Double(-TimeZone.current.secondsFromGMT(for: moment)) / 3600
    }

    /// Howard Hinnant's `civil_from_days`: days since 1970 to year, month and day.
    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let rest = (number % divisor + divisor) % divisor
        return ((number - rest) / divisor, rest)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
