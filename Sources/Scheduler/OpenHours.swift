/// When an entry ticks at all (`start`, `end`) and when its ticks count (`window`, `quiet`). All by the wall clock of
/// one zone.
public struct OpenHours: Sendable, Equatable {
    public var zone = TimeZoneRules.utc
    /// The first instant of the day on which it begins, unix ms; before it there are no ticks. Default: none.
    public var start: Int64?
    /// The first instant after the day on which it ends, unix ms; from then on there are no ticks. Default: none.
    public var end: Int64?
    /// Ticks outside of all of them are recorded as skipped. Empty: they count always.
    public var windows: [Window] = []
    /// Ticks on these days are recorded as skipped.
    public var quiet: [QuietDays] = []

    public init() {}

    /// Days of the week, and a time of day.
    public struct Window: Sendable, Equatable {
        /// Bit 0 is Sunday. A window that passes midnight belongs to the day on which it begins.
        public var days: UInt8
        /// Seconds since midnight.
        public var from: Int
        /// Seconds since midnight, exclusive; not after `from` when it ends on the next day.
        public var until: Int

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
        public var calendar: String
        /// Local days since 1970-01-01, first to last.
        public var days: [ClosedRange<Int>]

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
        let local = unix + segment.offset
        let day = floorDivide(local, 86_400)
        let second = Int(local - day * 86_400)
        // Within the segment the wall clock runs evenly, so a distance on it is one in time.
        let edges = windows.flatMap { [$0.from, $0.until] }.filter { $0 > second } + [86_400]
        let until = min(segment.end, unix + Int64((edges.min() ?? 86_400) - second))
        let end = until >= Int64.max / 1000 ? Int64.max : until * 1000
        return Stretch(closedBecause: reason(day: Int(day), second: second), until: end)
    }

    private func reason(day: Int, second: Int) -> String? {
        if let calendar = quiet.first(where: { $0.days.contains { $0.contains(day) } }) {
            return "quiet calendar \(calendar.calendar)"
        }
        let weekday = CivilTime.weekday(daysSinceEpoch: day)
        if windows.isEmpty || windows.contains(where: { $0.holds(weekday: weekday, second: second) }) { return nil }
        return "outside of its window"
    }
}

extension ScheduleEntry {
    /// The first nominal time after `time` (exclusive), also when it will not count; nil when there is none.
    public func next(after time: Int64) -> Int64? {
        let first = max(time, hours.start.map { $0 - 1 } ?? time)
        guard let next = cadence.next(after: first), next < hours.end ?? .max else { return nil }
        return next
    }

    /// The nominal times after `start` up to and including `end`, oldest first, at most `limit`.
    public func ticks(after start: Int64, through end: Int64, limit: Int) -> [Int64] {
        let (start, end) = bounds(start, end)
        return start < end ? cadence.ticks(after: start, through: end, limit: limit) : []
    }

    /// The newest nominal time after `start` up to and including `end`.
    public func latest(after start: Int64, through end: Int64) -> Int64? {
        let (start, end) = bounds(start, end)
        return cadence.latest(after: start, through: end)
    }

    /// How many nominal times lie after `start` up to and including `end`; stops counting at `limit`.
    public func count(after start: Int64, through end: Int64, limit: Int) -> Int {
        let (start, end) = bounds(start, end)
        return cadence.count(after: start, through: end, limit: limit)
    }

    /// Why the tick of a nominal time does not count (`outside of its window`, `quiet calendar …`); nil when it does.
    public func closedBecause(at nominal: Int64) -> String? { hours.stretch(at: nominal).closedBecause }

    /// When the job of a tick, or of one entity of it, becomes ready: unix ms.
    public func due(nominal: Int64, entity: String = "") -> Int64 {
        nominal
            + SpreadOffset.milliseconds(entry: name, entity: entity, spreadMilliseconds: spreadMilliseconds)
            + SpreadOffset.milliseconds(
                entry: "\(name)@\(nominal)", entity: entity, spreadMilliseconds: jitterMilliseconds)
    }

    private func bounds(_ start: Int64, _ end: Int64) -> (start: Int64, end: Int64) {
        (max(start, hours.start.map { $0 - 1 } ?? start), min(end, hours.end.map { $0 - 1 } ?? end))
    }
}
