/// When an entry ticks at all (`start`, `end`) and when its ticks count (`window`, `quiet`). All by the wall clock of
/// one zone.
public struct ActiveWindow: Sendable, Equatable {
    /// Days and times of day are those of this zone. Default UTC.
    public var zone = TimeZoneRules.utc
    /// The day on which it begins; before it there are no ticks. Default: none.
    public private(set) var first: LocalDayEdge?
    /// The day after the one on which it ends; from then on there are no ticks. Default: none.
    public private(set) var afterLast: LocalDayEdge?
    /// Ticks outside of all of them are recorded as skipped. Empty: they count always.
    public var windows: [Window] = []
    /// Ticks on these days are recorded as skipped.
    public var quiet: [QuietDays] = []

    /// Always open: ticks on every day count.
    public init() {}

    /// Bounds the days on which it ticks.
    /// - Parameters:
    ///   - first, last: local days of `zone` since 1970-01-01, both included; nil for no bound.
    public mutating func bound(first: Int?, last: Int?) {
        self.first = first.map { zone.edge(ofDay: $0) }
        afterLast = last.map { zone.edge(ofDay: $0 + 1) }
    }

    /// The first instant of the first day, unix ms.
    public var start: Int64? { first?.instant }
    /// The first instant after the last day, unix ms.
    public var end: Int64? { afterLast?.instant }

    /// Days of the week, and a time of day.
    public struct Window: Sendable, Equatable {
        /// Bit 0 is Sunday. A window that passes midnight belongs to the day on which it begins.
        public var days: UInt8
        /// Seconds since midnight.
        public var from: Int
        /// Seconds since midnight, exclusive; not after `from` when it ends on the next day.
        public var until: Int

        /// Checks no range: `from` and `until` are 0 to 86,400 where the file was read.
        public init(days: UInt8, from: Int, until: Int) {
            self.days = days
            self.from = from
            self.until = until
        }

        func holds(weekday: Int, second: Int) -> Bool {
            if from < until { return has(weekday) && second >= from && second < until }
            return has(weekday) && second >= from || has((weekday + 6) % 7) && second < until
        }

        private func has(_ weekday: Int) -> Bool { days >> UInt8(weekday) & 1 == 1 }
    }

    /// What the file's `calendars` say under one name.
    public struct QuietDays: Sendable, Equatable {
        /// The name under `calendars` of the file.
        public var calendar: String
        /// Local days since 1970-01-01, first to last.
        public var days: [ClosedRange<Int>]

        /// Checks nothing; the ranges may overlap.
        public init(calendar: String, days: [ClosedRange<Int>]) {
            self.calendar = calendar
            self.days = days
        }
    }

    /// Whether ticks count, and until when that holds at least.
    public struct Stretch: Sendable, Equatable {
        /// Why ticks do not count; nil when they do.
        public let closedBecause: String?
        /// Unix ms, exclusive; later than the time asked for.
        public let until: Int64

        /// Checks nothing.
        public init(closedBecause: String?, until: Int64) {
            self.closedBecause = closedBecause
            self.until = until
        }
    }

    /// Whether every tick between its first and its last day counts.
    public var isAlwaysOpen: Bool { windows.isEmpty && quiet.isEmpty }

    /// Whether a tick at a time counts, by the local time that the clock shows then.
    /// - Parameter time: unix ms.
    public func stretch(at time: Int64) -> Stretch {
        guard !isAlwaysOpen else { return Stretch(closedBecause: nil, until: .max) }
        let unix = floorDivide(time, 1000)
        let segment = zone.segment(at: unix)
        let wall = self.stretch(ofWall: unix + segment.offset)
        // Within the segment the wall clock runs evenly, so a distance on it is one in time.
        let until = min(segment.end, wall.until - segment.offset)
        return Stretch(closedBecause: wall.closedBecause, until: until >= Int64.max / 1000 ? Int64.max : until * 1000)
    }

    /// The same on the wall clock alone.
    /// - Parameter wall: seconds since 1970 on the wall clock, as is `until` of the answer.
    public func stretch(ofWall wall: Int64) -> Stretch {
        let day = floorDivide(wall, 86_400)
        let second = Int(wall - day * 86_400)
        let edges = windows.flatMap { [$0.from, $0.until] }.filter { $0 > second } + [86_400]
        return Stretch(
            closedBecause: reason(day: Int(day), second: second), until: day * 86_400 + Int64(edges.min() ?? 86_400))
    }

    private func reason(day: Int, second: Int) -> String? {
        if day < first?.day ?? .min || day >= afterLast?.day ?? .max { return "outside of its days" }
        if let calendar = quiet.first(where: { $0.days.contains { $0.contains(day) } }) {
            return "quiet calendar \(calendar.calendar)"
        }
        let weekday = CivilTime.weekday(daysSinceEpoch: day)
        if windows.isEmpty || windows.contains(where: { $0.holds(weekday: weekday, second: second) }) { return nil }
        return "outside of its window"
    }
}

extension ActiveWindow.Window {
    /// Reads `MON-FRI 08:00-18:00`, `SAT,SUN`, `22:00-06:00`; nil for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard (1...2).contains(words.count) else { return nil }
        (days, from, until) = (0x7F, 0, 86_400)
        if words.count == 2 || words[0].first?.isLetter ?? false {
            guard let days = Self.days(words[0]) else { return nil }
            self.days = days
            guard words.count == 2 else { return }
        }
        guard let match = words[words.count - 1].wholeMatch(of: /([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})/),
            let from = Self.second(match.1, match.2), let until = Self.second(match.3, match.4), from != until,
            from < 86_400, until > 0
        else { return nil }
        (self.from, self.until) = (from, until)
    }

    private static let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    private static func days(_ text: Substring) -> UInt8? {
        var days: UInt8 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
                .map { names.firstIndex(of: $0.uppercased()) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            for step in 0...(last - first + 7) % 7 { days |= 1 << UInt8((first + step) % 7) }
        }
        return days
    }

    private static func second(_ hour: Substring, _ minute: Substring) -> Int? {
        guard let hour = Int(hour), let minute = Int(minute), minute < 60, hour * 60 + minute <= 1_440 else {
            return nil
        }
        return hour * 3600 + minute * 60
    }
}
