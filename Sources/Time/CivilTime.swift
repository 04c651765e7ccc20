/// A date and time of day without a zone, in the proleptic Gregorian calendar.
///
/// Pure arithmetic after Howard Hinnant's "chrono-compatible low-level date algorithms"; exact for every year that
/// fits.
public struct CivilTime: Sendable, Hashable, Comparable {
    /// The calendar year; 0 and negative years count on before year 1.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 59; leap seconds do not occur in unix time.
    public var second: Int

    /// The parts are taken as they are: 31 April is not refused, and counts on into May.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// - Parameter seconds: seconds since 1970-01-01 00:00 on the wall clock (unix seconds plus the zone's offset).
    public init(secondsSinceEpoch seconds: Int64) {
        let days = floorDivide(seconds, 86_400)
        let rest = Int(seconds - days * 86_400)
        // Days are counted from 1 March of year 0, so that the leap day is the last of its year.
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Seconds since 1970-01-01 00:00 on the same wall clock.
    public var secondsSinceEpoch: Int64 {
        let days = Int64(Self.daysSinceEpoch(year: year, month: month, day: day))
        return days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// Sunday is 0.
    public var weekday: Int { Self.weekday(daysSinceEpoch: Self.daysSinceEpoch(year: year, month: month, day: day)) }

    /// Days since 1970-01-01; negative before it.
    public static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The weekday of a day counted from 1970-01-01, a Thursday; Sunday is 0.
    public static func weekday(daysSinceEpoch days: Int) -> Int {
        let rest = (days + 4) % 7
        return rest < 0 ? rest + 7 : rest
    }

    /// 28 to 31.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// By the Gregorian rule, also for years before it was introduced.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Compares part by part, from the year on; both times must be valid.
    public static func < (left: CivilTime, right: CivilTime) -> Bool {
        (left.year, left.month, left.day, left.hour, left.minute, left.second)
            < (right.year, right.month, right.day, right.hour, right.minute, right.second)
    }
}

/// Division that rounds toward negative infinity, so that times before 1970 land on the same grid.
public func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let quotient = dividend / divisor
    return dividend % divisor != 0 && (dividend < 0) != (divisor < 0) ? quotient - 1 : quotient
}
