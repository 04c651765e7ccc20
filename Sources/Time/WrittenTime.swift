/// A date and a time of day as people write it: `2026-03-29 03:00`, `2026-03-29T03:00:00.5`, each also with an offset
/// from UTC, `Z` or `+02:00`. What no calendar or clock shows is refused: 30 February, 24:60, a leap second, which unix
/// time does not have.
public struct WrittenTime: Sendable, Equatable {
    /// By the wall clock that was meant.
    public let local: CivilTime
    /// Of the second, 0 to 999; what is finer is cut off.
    public let milliseconds: Int
    /// Seconds east of UTC, at most 18 hours either way; nil for a wall clock's time.
    public let offset: Int64?

    /// - Throws: `time`.
    public init(_ text: String) throws(TimeError) {
        let form = #/
            ([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt\x20]([0-9]{2}):([0-9]{2})(?: :([0-9]{2})(\.[0-9]{1,18})? )?
            ([Zz]|[+\-][0-9]{2}:?[0-9]{2})?
            /#
        guard let match = text.wholeMatch(of: form) else { throw .time(text: text, "") }
        let parts = [match.1, match.2, match.3, match.4, match.5, match.6 ?? "0"].map { Int($0) ?? 0 }
        let local = CivilTime(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5])
        if let problem = LocalDate.problem(local) ?? Self.problem(local) { throw .time(text: text, problem) }
        self.local = local
        let fraction = (match.7 ?? ".0").dropFirst().prefix(3)
        milliseconds = Int(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0
        guard let written = match.8 else {
            offset = nil
            return
        }
        let digits = written.filter(\.isNumber)
        let (hours, minutes) = (Int64(digits.prefix(2)) ?? 0, Int64(digits.suffix(2)) ?? 0)
        guard hours * 60 + minutes <= 18 * 60, minutes < 60 else {
            throw .time(text: text, "offsets from UTC go from -18:00 to +18:00")
        }
        offset = (written.hasPrefix("-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// Reads a time that says where it holds.
    /// - Returns: unix milliseconds.
    /// - Throws: `time`, also for one without an offset.
    public static func unixMilliseconds(_ text: String) throws(TimeError) -> Int64 {
        let time = try WrittenTime(text)
        guard let unix = time.unixMilliseconds else { throw .time(text: text, "it has no offset from UTC, such as Z") }
        return unix
    }

    /// Nil for a wall clock's time.
    public var unixMilliseconds: Int64? {
        offset.map { (local.secondsSinceEpoch - $0) * 1000 + Int64(milliseconds) }
    }

    private static func problem(_ time: CivilTime) -> String? {
        if time.hour > 23 { return "the hours of a day are 00 to 23" }
        if time.minute > 59 { return "the minutes of an hour are 00 to 59" }
        return time.second > 59 ? "seconds are 00 to 59, and unix time has no leap seconds" : nil
    }
}

/// Days as ops people write them.
public enum LocalDate {
    /// Days since 1970-01-01; nil unless it is a day like `2026-01-31` of the years 1970 to 9998.
    public static func day(_ text: String) -> Int? {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/), let year = Int(match.1),
            let month = Int(match.2), let day = Int(match.3), (1970...9998).contains(year),
            problem(CivilTime(year: year, month: month, day: day)) == nil
        else { return nil }
        return CivilTime.daysSinceEpoch(year: year, month: month, day: day)
    }

    /// `2026-12-25`, or `2026-12-24..2026-12-26`, both included.
    public static func range(_ text: String) -> ClosedRange<Int>? {
        guard let dots = text.firstRange(of: "..") else { return day(text).map { $0...$0 } }
        guard let first = day(String(text[..<dots.lowerBound])), let last = day(String(text[dots.upperBound...])),
            first <= last
        else { return nil }
        return first...last
    }

    /// Why no calendar has such a day; nil when it has.
    static func problem(_ time: CivilTime) -> String? {
        if time.year < 1 { return "years are 0001 to 9999" }
        guard (1...12).contains(time.month) else { return "there is no month \(time.month)" }
        let days = CivilTime.days(inMonth: time.month, of: time.year)
        guard !(1...days).contains(time.day) else { return nil }
        let month = "\(time.month < 10 ? "0" : "")\(time.month)"
        return time.day < 1 ? "there is no day 0" : "\(time.year)-\(month) has \(days) days"
    }
}
