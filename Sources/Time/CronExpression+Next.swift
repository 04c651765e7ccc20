extension CronExpression {
    /// The first time after a given one, in unix seconds; nil only beyond what the calendar's 400-year cycle can hold.
    ///
    /// Jumps field by field: the cost does not grow with the distance in minutes.
    /// - Parameter unix: exclusive, unix seconds.
    public func next(after unix: Int64, in zone: TimeZoneRules) -> Int64? {
        // Beyond the year 9999 the offsets are guesses and the sums could overflow.
        guard unix < Self.calendarEnd else { return nil }
        let widest = TimeZoneRules.widestOffset
        var cursor = max(unix, -62_135_596_800) + 1
        // Between two irregular centuries lie 28-year cycles with every kind of year: what has not fired in a hundred
        // years under the zone's yearly rule never will, such as a time that is skipped in every year's gap.
        let horizon = max(cursor, min(zone.footerStart, Self.calendarEnd)) + 101 * 31_556_952
        while cursor <= horizon {
            let segment = zone.segment(at: cursor)
            let edges = Edges(of: segment, near: cursor, in: zone)
            let walls = regularWalls(edges, from: cursor, in: zone)
            let match = firstLocal(from: walls.lowerBound)
            let regular = match.flatMap { $0 < walls.upperBound ? $0 - segment.offset : nil }
            if let found = [afterGap(edges, from: cursor), regular].compactMap(\.self).min() { return found }
            guard let match, segment.end < .max else { return nil }
            // No wall clock between the cursor's and the match's fits. Two days on, no later change of offset can bring
            // the wall clock back behind the cursor's, so the segments up to the match need no search of their own.
            cursor = segment.end - cursor > 2 * widest ? max(segment.end, match - widest) : segment.end
        }
        return nil
    }

    static let calendarEnd: Int64 = 253_402_300_800

    /// The first matching local time at or after `start`, both in seconds since 1970 on the wall clock.
    public func firstLocal(from start: Int64) -> Int64? {
        let begin = CivilTime(secondsSinceEpoch: start)
        var year = begin.year
        var month = begin.month
        var floor: CivilTime? = begin
        // The Gregorian calendar repeats after 400 years, weekdays included.
        while year <= begin.year + 400 {
            guard let found = Self.bit(in: months, from: month) else {
                (year, month, floor) = (year + 1, 1, nil)
                continue
            }
            if found != month { (month, floor) = (found, nil) }
            if let local = firstLocal(year: year, month: month, floor: floor) { return local }
            (month, floor) = (month + 1, nil)
        }
        return nil
    }

    private func firstLocal(year: Int, month: Int, floor: CivilTime?) -> Int64? {
        let days = days(inMonth: month, of: year)
        var day = floor?.day ?? 1
        var time = floor.map { (hour: $0.hour, minute: $0.minute, second: $0.second) }
        while let found = Self.bit(in: days, from: day) {
            if found != day { time = nil }
            if let seconds = firstTime(hour: time?.hour ?? 0, minute: time?.minute ?? 0, second: time?.second ?? 0) {
                return Int64(CivilTime.daysSinceEpoch(year: year, month: month, day: found)) * 86_400 + Int64(seconds)
            }
            (day, time) = (found + 1, nil)
        }
        return nil
    }

    /// The first matching time of day at or after the given one, in seconds after midnight.
    private func firstTime(hour: Int, minute: Int, second: Int) -> Int? {
        guard let foundHour = Self.bit(in: hours, from: hour) else { return nil }
        guard foundHour == hour else { return foundHour * 3600 + firstMinute * 60 + firstSecond }
        if let foundMinute = Self.bit(in: minutes, from: minute) {
            guard foundMinute == minute else { return hour * 3600 + foundMinute * 60 + firstSecond }
            if let foundSecond = Self.bit(in: seconds, from: second) { return hour * 3600 + minute * 60 + foundSecond }
            if let later = Self.bit(in: minutes, from: minute + 1) { return hour * 3600 + later * 60 + firstSecond }
        }
        return Self.bit(in: hours, from: hour + 1).map { $0 * 3600 + firstMinute * 60 + firstSecond }
    }

    private var firstMinute: Int { minutes.trailingZeroBitCount }
    private var firstSecond: Int { seconds.trailingZeroBitCount }

    /// The lowest bit that is set at `index` or above.
    private static func bit(in mask: UInt64, from index: Int) -> Int? {
        let rest = (mask >> UInt64(index)) << UInt64(index)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// The days of one month that match, one bit a day from bit 1.
    func days(inMonth month: Int, of year: Int) -> UInt64 {
        let count = CivilTime.days(inMonth: month, of: year)
        let first = CivilTime.weekday(daysSinceEpoch: CivilTime.daysSinceEpoch(year: year, month: month, day: 1))
        let byDate = monthDays.days(count: count, firstWeekday: first)
        let byWeekday = weekdays.days(count: count, firstWeekday: first)
        let bothNeeded = dayRule == .all || monthDays.isFree || weekdays.isFree
        return bothNeeded ? byDate & byWeekday : byDate | byWeekday
    }
}

extension CronExpression.MonthDays {
    fileprivate func days(count: Int, firstWeekday: Int) -> UInt64 {
        var mask = days & ((2 << UInt64(count)) - 2)
        for offset in beforeLast where count - offset >= 1 { mask |= 1 << UInt64(count - offset) }
        for day in nearest where day <= count { mask |= 1 << UInt64(workday(nearest: day, count, firstWeekday)) }
        if lastWorkday { mask |= 1 << UInt64(workday(nearest: count, count, firstWeekday)) }
        return mask
    }

    /// Saturday goes back a day and Sunday on one, unless that would leave the month.
    private func workday(nearest day: Int, _ count: Int, _ firstWeekday: Int) -> Int {
        switch (firstWeekday + day - 1) % 7 {
        case 6: day > 1 ? day - 1 : day + 2
        case 0: day < count ? day + 1 : day - 2
        default: day
        }
    }
}

extension CronExpression.Weekdays {
    fileprivate func days(count: Int, firstWeekday: Int) -> UInt64 {
        let month: UInt64 = (2 << UInt64(count)) - 2
        var mask = Self.repeated(days, firstWeekday) & month
        for (index, set) in numbered.enumerated() where set != 0 {
            // The k-th of each weekday falls on the k-th seven days of the month.
            mask |= Self.repeated(set, firstWeekday) & (0x7F << UInt64(1 + index * 7)) & month
        }
        if last != 0 { mask |= Self.repeated(last, firstWeekday) & (0x7F << UInt64(count - 6)) }
        return mask
    }

    /// Turns seven weekday bits into day-of-month bits for five weeks and a bit.
    private static func repeated(_ weekdays: UInt64, _ firstWeekday: Int) -> UInt64 {
        let shift = UInt64(firstWeekday)
        let week = (weekdays >> shift | weekdays << (7 - shift)) & 0x7F
        return (week | week << 7 | week << 14 | week << 21 | week << 28) << 1
    }
}
