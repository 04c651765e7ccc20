/// When an entry ticks. All times are unix milliseconds.
public enum Cadence: Sendable, Equatable {
    /// Multiples of the interval since 1970, plus the offset: the same on every host and after every restart.
    case every(milliseconds: Int64, offset: Int64)
    /// Local times of a zone.
    case cron(CronExpression, TimeZoneRules)

    /// Reads what `cron` takes in a schedule file: an expression, or `@every 90s`, which is an interval.
    /// - Parameters:
    ///   - zone: nil for UTC; an interval has none.
    ///   - days, gap, overlapHour: of an expression; nil for its defaults.
    /// - Throws: `cron`; `quantity` for an interval that is none, is too short, or is given what only cron has.
    public init(
        cron text: String, in zone: TimeZoneRules?, days: CronExpression.DayRule? = nil,
        gap: CronExpression.GapRule? = nil, overlapHour: CronExpression.OverlapHourRule? = nil
    ) throws(TimeError) {
        guard let interval = Self.interval(in: text) else {
            let expression = try CronExpression(text, dayRule: days ?? .any, gap: gap, overlapHour: overlapHour)
            self = .cron(expression, zone ?? .utc)
            return
        }
        let given = [("timezone", zone != nil), ("days", days != nil), ("gap", gap != nil)]
        if let (key, _) = (given + [("overlap_hour", overlapHour != nil)]).first(where: \.1) {
            throw .quantity(text: text, "\(key) has no effect on an interval. Leave it out, or use a cron expression.")
        }
        let milliseconds = try DurationParser.milliseconds(interval)
        guard milliseconds >= Self.shortestInterval else {
            throw .quantity(text: text, "an interval must be at least 100ms. Use @every 100ms or longer.")
        }
        self = .every(milliseconds: milliseconds, offset: 0)
    }

    /// Shorter intervals would make the scheduler the busiest part of the fleet.
    public static let shortestInterval: Int64 = 100

    /// The duration behind `@every`; nil for any other text. Case and blanks do not matter, as for `@hourly`.
    public static func interval(in cron: String) -> String? {
        let words = cron.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, first.lowercased() == "@every" else { return nil }
        return words.dropFirst().joined(separator: " ")
    }

    /// The first tick after `time` (exclusive); nil when none can be told (beyond the year 9999).
    public func next(after time: Int64) -> Int64? {
        switch self {
        case .every(let interval, let offset):
            guard time == time.clamped else { return nil }
            return (floorDivide(time - offset, interval) + 1) * interval + offset
        case .cron(let expression, let zone):
            return expression.next(after: floorDivide(time, 1000), in: zone).map { $0 * 1000 }
        }
    }

    /// The ticks after `start` up to and including `end`, oldest first, at most `limit`.
    public func ticks(after start: Int64, through end: Int64, limit: Int) -> [Int64] {
        Self.walk(after: start, through: end, limit: limit) { next(after: $0) }
    }

    /// What one time after the other leads to, up to and including `end`, at most `limit`.
    public static func walk(after start: Int64, through end: Int64, limit: Int, _ next: (Int64) -> Int64?) -> [Int64] {
        var times: [Int64] = []
        var cursor = start
        while times.count < limit, let time = next(cursor), time <= end {
            times.append(time)
            cursor = time
        }
        return times
    }

    /// The newest tick after `start` up to and including `end`; its cost grows with the logarithm of the stretch.
    public func latest(after start: Int64, through end: Int64) -> Int64? {
        guard start < end, var newest = next(after: start), newest <= end else { return nil }
        var high = end
        while newest < high {
            // Rounded down, so that `high` always comes nearer.
            let middle = newest + (high - newest) / 2
            if let tick = next(after: middle), tick <= end { newest = tick } else { high = middle }
        }
        return newest
    }

    /// How many ticks lie after `start` up to and including `end`, at most `limit`; nothing is walked tick by tick.
    public func count(after start: Int64, through end: Int64, limit: Int) -> Int {
        guard start < end else { return 0 }
        switch self {
        case .every(let interval, let offset):
            let count = floorDivide(end - offset, interval) - floorDivide(start - offset, interval)
            return Int(min(count, Int64(limit)))
        case .cron(let expression, let zone):
            return expression.count(
                after: floorDivide(start, 1000), through: floorDivide(end, 1000), in: zone, limit: limit)
        }
    }
}

extension Int64 {
    /// Within the years 1 to 9999, in milliseconds, where no sum here can overflow.
    fileprivate var clamped: Int64 { Swift.min(Swift.max(self, -62_135_596_800_000), 253_402_300_799_999) }
}
