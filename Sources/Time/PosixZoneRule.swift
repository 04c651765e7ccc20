/// A POSIX `TZ` string such as `CET-1CEST,M3.5.0,M10.5.0/3`: the rule for the years after a TZif table.
///
/// Understands the extension of RFC 9636: hours of -167 to 167.
struct PosixZoneRule: Sendable, Equatable {
    /// Seconds east of UTC.
    let standard: Int64
    let daylight: Daylight?

    struct Daylight: Sendable, Equatable {
        let offset: Int64
        let start: Change
        let end: Change
    }

    /// When in a year the clocks change, on the wall clock in force until then.
    struct Change: Sendable, Equatable {
        enum Day: Sendable, Equatable {
            /// `Jn`: 1 to 365, 29 February never counted.
            case julian(Int)
            /// `n`: 0 to 365, 29 February counted.
            case ordinal(Int)
            /// `Mm.w.d`: the w-th (5: last) weekday d of month m.
            case weekday(month: Int, week: Int, weekday: Int)
        }
        let day: Day
        /// Seconds after midnight; may be negative or beyond the day.
        let seconds: Int64

        func local(in year: Int) -> Int64 {
            let days: Int
            switch day {
            case .julian(let number):
                let leap = CivilTime.isLeap(year) && number >= 60 ? 1 : 0
                days = CivilTime.daysSinceEpoch(year: year, month: 1, day: 1) + number - 1 + leap
            case .ordinal(let number):
                days = CivilTime.daysSinceEpoch(year: year, month: 1, day: 1) + number
            case .weekday(let month, let week, let weekday):
                let first = CivilTime.daysSinceEpoch(year: year, month: month, day: 1)
                var day = 1 + (weekday - CivilTime.weekday(daysSinceEpoch: first) + 7) % 7 + (week - 1) * 7
                if day > CivilTime.days(inMonth: month, of: year) { day -= 7 }
                days = first + day - 1
            }
            return Int64(days) * 86_400 + seconds
        }
    }

    func segment(at unix: Int64) -> TimeZoneRules.Segment {
        guard let daylight else { return .init(start: .min, end: .max, offset: standard) }
        let year = CivilTime(secondsSinceEpoch: unix + standard).year
        // Backwards from the next year: a change may lie near New Year, on either side of it by the wall clock.
        var end = unix + 180 * 86_400
        for year in stride(from: year + 1, through: year - 1, by: -1) {
            var earlier = (at: daylight.start.local(in: year) - standard, offset: daylight.offset)
            var later = (at: daylight.end.local(in: year) - daylight.offset, offset: standard)
            if earlier.at > later.at { swap(&earlier, &later) }
            if later.at <= unix { return .init(start: later.at, end: end, offset: later.offset) }
            if earlier.at <= unix { return .init(start: earlier.at, end: later.at, offset: earlier.offset) }
            end = earlier.at
        }
        return .init(start: unix, end: end, offset: standard)
    }
}

extension PosixZoneRule {
    /// - Returns: nil when the text is not a POSIX rule.
    init?(_ text: String) {
        var scanner = Scanner(rest: Substring(text).utf8)
        guard scanner.skipName(), let west = scanner.time() else { return nil }
        standard = -west
        if scanner.rest.isEmpty {
            daylight = nil
            return
        }
        guard scanner.skipName() else { return nil }
        var offset = -west + 3600
        if scanner.rest.first != UInt8(ascii: ",") {
            guard let west = scanner.time() else { return nil }
            offset = -west
        }
        guard scanner.skip(","), let start = scanner.change(), scanner.skip(","), let end = scanner.change(),
            scanner.rest.isEmpty
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func skipName() -> Bool {
            if skip("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return skip(">")
            }
            let before = rest.count
            rest = rest.drop { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
            return rest.count < before
        }

        mutating func number() -> Int? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard digits.count <= 4, let value = Int(Substring(digits)) else { return nil }
            rest = rest.dropFirst(digits.count)
            return value
        }

        mutating func time() -> Int64? {
            let sign: Int64 = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = Int64(hours) * 3600
            for unit in [Int64(60), 1] where skip(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += Int64(part) * unit
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            guard let day = day() else { return nil }
            guard skip("/") else { return Change(day: day, seconds: 7200) }
            return time().map { Change(day: day, seconds: $0) }
        }

        private mutating func day() -> Change.Day? {
            if skip("J") { return number().flatMap { (1...365).contains($0) ? .julian($0) : nil } }
            guard skip("M") else { return number().flatMap { $0 <= 365 ? .ordinal($0) : nil } }
            guard let month = number(), (1...12).contains(month), skip("."), let week = number(),
                (1...5).contains(week),
                skip("."), let weekday = number(), weekday <= 6
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
