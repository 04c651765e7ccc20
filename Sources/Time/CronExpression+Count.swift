extension CronExpression {
    /// How many times lie after `start` up to and including `end`, at most `limit`. Both are unix seconds.
    ///
    /// Counts whole months by their matching days: the cost does not grow with the number of times.
    func count(after start: Int64, through end: Int64, in zone: TimeZoneRules, limit: Int) -> Int {
        var total = 0
        var cursor = max(start, -62_135_596_800) + 1
        let end = min(end, Self.calendarEnd)
        while cursor <= end, total < limit {
            let segment = zone.segment(at: cursor)
            let edges = Edges(of: segment, near: cursor, in: zone)
            let walls = regularWalls(edges, from: cursor, in: zone)
            let last = min(walls.upperBound, end + 1 + segment.offset)
            total += countLocal(from: walls.lowerBound, to: last, limit: limit)
            var next = cursor
            while let madeUp = afterGap(edges, from: next), madeUp <= end, total < limit {
                let wall = madeUp + segment.offset
                if wall >= walls.upperBound || firstLocal(from: wall) != wall { total += 1 }
                next = madeUp + 1
            }
            guard segment.end < .max else { break }
            cursor = segment.end
        }
        return min(total, limit)
    }

    /// The matching local times from `start` up to, not including, `end`; stops soon after `limit`.
    private func countLocal(from start: Int64, to end: Int64, limit: Int) -> Int {
        guard start < end else { return 0 }
        let first = CivilTime(secondsSinceEpoch: start)
        let last = CivilTime(secondsSinceEpoch: end)
        var year = first.year
        var month = first.month
        var total = 0
        while (year, month) <= (last.year, last.month), total < limit {
            if months & 1 << UInt64(month) != 0 {
                let days = days(inMonth: month, of: year)
                let from = (year, month) == (first.year, first.month) ? first.day : 1
                let to = (year, month) == (last.year, last.month) ? last.day : 32
                total += (days & Self.bits(from..<to)).nonzeroBitCount * countTimes(before: Self.dayLength)
                if to < 32, days & 1 << UInt64(last.day) != 0 { total += countTimes(before: last.secondOfDay) }
                if (year, month) == (first.year, first.month), days & 1 << UInt64(first.day) != 0 {
                    total -= countTimes(before: first.secondOfDay)
                }
            }
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        return total
    }

    /// The matching times of a day that lie before a second of it.
    private func countTimes(before second: Int) -> Int {
        let (hour, minute) = (second / 3600, second / 60 % 60)
        let aMinute = seconds.nonzeroBitCount
        let anHour = minutes.nonzeroBitCount * aMinute
        var total = (hours & Self.bits(0..<hour)).nonzeroBitCount * anHour
        guard hours & 1 << UInt64(hour) != 0 else { return total }
        total += (minutes & Self.bits(0..<minute)).nonzeroBitCount * aMinute
        guard minutes & 1 << UInt64(minute) != 0 else { return total }
        return total + (seconds & Self.bits(0..<(second % 60))).nonzeroBitCount
    }

    private static let dayLength = 86_400

    private static func bits(_ range: Range<Int>) -> UInt64 {
        ((1 << UInt64(range.upperBound)) - 1) & ~((1 << UInt64(range.lowerBound)) - 1)
    }
}

extension CivilTime {
    fileprivate var secondOfDay: Int { hour * 3600 + minute * 60 + second }
}
