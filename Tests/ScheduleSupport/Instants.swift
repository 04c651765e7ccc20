public import Time

/// Unix seconds of a UTC time.
public func utc(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0) -> Int64 {
    CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second).secondsSinceEpoch
}

/// `2026-03-29 01:00` in UTC, with seconds only when there are any.
public func shown(_ unix: Int64) -> String {
    let time = CivilTime(secondsSinceEpoch: unix)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let minutes = "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
    return time.second == 0 ? minutes : minutes + ":" + two(time.second)
}

/// The next `count` times of an expression, as text in UTC.
public func times(
    _ expression: String, in zone: String = "UTC", after start: Int64, count: Int, days: CronExpression.DayRule = .any
) throws -> [String] {
    let cron = try CronExpression(expression, dayRule: days)
    let rules = try TimeZoneDatabase().rules(named: zone)
    var cursor = start
    return (0..<count).compactMap { _ in
        guard let next = cron.next(after: cursor, in: rules) else { return nil }
        cursor = next
        return shown(next)
    }
}
