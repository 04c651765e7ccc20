/// When an entry ticks at all (`start`, `end`) and when its ticks count (`window`, `quiet`). All by the wall clock of
/// one zone.
public struct ActiveWindow: Sendable, Equatable {
    /// Days and times of day are those of this zone. Default UTC.
    public var zone = TimeZoneRules.utc
    /// The day on which it begins; before it there are no ticks. Default: none.
    private(set) var first: LocalDayEdge?
    /// The day after the one on which it ends; from then on there are no ticks. Default: none.
    private(set) var afterLast: LocalDayEdge?
    /// Ticks outside of all of them are recorded as skipped. Empty: they count always.
    public var windows: [Window] = []
    /// Ticks on these days are recorded as skipped.
    public var quiet: [QuietDays] = []

    /// Always open: ticks on every day count.
    public init() {}

    /// Bounds the days on which it ticks.
    /// - Parameters:
    ///   - first, last: local days of `zone` since 1970-01-01, both included; nil for no bound.
    mutating func bound(first: Int?, last: Int?) {
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
    struct Stretch: Equatable {
        /// Why ticks do not count; nil when they do.
        let closedBecause: String?
        /// Unix ms, exclusive; later than the time asked for.
        let until: Int64
    }

    var isAlwaysOpen: Bool { windows.isEmpty && quiet.isEmpty }

    /// - Parameter time: unix ms.
    func stretch(at time: Int64) -> Stretch {
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
    func stretch(ofWall wall: Int64) -> Stretch {
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
