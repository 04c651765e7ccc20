public import ScheduleConfiguration
import Time

/// When an entry ticks, and which of its ticks count.
///
/// The local time that a tick was meant for decides whether it lies within the entry's days, windows and quiet
/// calendars: a run that a gap of the clocks moved out of its window still counts, and one that it moved in does not.
extension ScheduleEntry {
    /// The first nominal time after `time` (exclusive), also when it will not count; nil when there is none.
    public func next(after time: Int64) -> Int64? {
        var cursor = max(time, firstPossible.map { $0 - 1 } ?? time)
        while let next = cadence.next(after: cursor), next < endOfPossible {
            if isWithinDays(next) { return next }
            cursor = next
        }
        return nil
    }

    /// The nominal times after `start` up to and including `end`, oldest first, at most `limit`.
    public func ticks(after start: Int64, through end: Int64, limit: Int) -> [Int64] {
        Cadence.walk(after: start, through: end, limit: limit) { next(after: $0) }
    }

    /// The newest nominal time after `start` up to and including `end`.
    public func latest(after start: Int64, through end: Int64) -> Int64? {
        let (start, end) = bounds(start, end)
        var newest = cadence.latest(after: start, through: end)
        while let tick = newest, !isWithinDays(tick) { newest = cadence.latest(after: start, through: tick - 1) }
        return newest
    }

    /// How many nominal times lie after `start` up to and including `end`; stops counting at `limit`.
    public func count(after start: Int64, through end: Int64, limit: Int) -> Int {
        let (start, end) = bounds(start, end)
        let count = cadence.count(after: start, through: end, limit: limit)
        guard count < limit else { return count }
        return count - [hours.first, hours.afterLast].compactMap(\.self).reduce(0) { sum, edge in
            let (low, high) = (max(start, edge.instant - 1), min(end, edge.settled - 1))
            guard low < high else { return sum }
            return sum + cadence.ticks(after: low, through: high, limit: limit).count { !isWithinDays($0) }
        }
    }

    /// Why the tick of a nominal time does not count (`outside of its window`, `quiet calendar …`); nil when it does.
    public func closedBecause(at nominal: Int64) -> String? { stretch(at: nominal).closedBecause }

    /// When the job of a tick, or of one entity of it, becomes ready: unix ms.
    public func due(nominal: Int64, entity: String = "") -> Int64 {
        nominal
            + SpreadOffset.milliseconds(entry: name, entity: entity, spreadMilliseconds: spreadMilliseconds)
            + SpreadOffset.milliseconds(
                entry: "\(name)@\(nominal)", entity: entity, spreadMilliseconds: jitterMilliseconds)
    }

    /// Whether the tick of a nominal time counts, and until when the same holds for the ticks after it.
    func stretch(at time: Int64) -> ActiveWindow.Stretch {
        let plain = hours.stretch(at: time)
        guard !hours.isAlwaysOpen, case .cron(let cron, let zone) = cadence else { return plain }
        let unix = floorDivide(time, 1000)
        let meant = cron.meant(at: unix, in: zone)
        // Ticks beside one that was moved may not have been: each is looked at alone.
        guard meant.mayBeMoved else { return plain }
        let until = (unix + 1) * 1000
        guard let gap = meant.gap else { return ActiveWindow.Stretch(closedBecause: plain.closedBecause, until: until) }
        let isOpenByClock = meant.isMeantAsShown && plain.closedBecause == nil
        let because = isOpenByClock ? nil : closedBecause(cron, in: gap)
        return ActiveWindow.Stretch(closedBecause: because, until: until)
    }

    /// Why none of the matching times of a gap counts; nil when one does.
    private func closedBecause(_ cron: CronExpression, in gap: Range<Int64>) -> String? {
        var first: String?
        var cursor = gap.lowerBound
        while let wall = cron.firstLocal(from: cursor), wall < gap.upperBound {
            let stretch = hours.stretch(ofWall: wall)
            guard let because = stretch.closedBecause else { return nil }
            first = first ?? because
            cursor = stretch.until
        }
        return first
    }

    private var firstPossible: Int64? { hours.first?.instant }

    /// Exclusive. Intervals follow elapsed time, so nothing of them is meant for a day that is over.
    private var endOfPossible: Int64 {
        guard let end = hours.afterLast else { return .max }
        if case .cron = cadence { return end.settled }
        return end.instant
    }

    private func bounds(_ start: Int64, _ end: Int64) -> (start: Int64, end: Int64) {
        (max(start, firstPossible.map { $0 - 1 } ?? start), min(end, endOfPossible - 1))
    }

    /// Whether one of the local times that a tick was meant for lies within the entry's days. To be asked of times
    /// between its bounds only.
    private func isWithinDays(_ time: Int64) -> Bool {
        guard case .cron(let cron, let zone) = cadence else { return true }
        let isDoubtful = [hours.first, hours.afterLast].contains { edge in
            edge.map { time >= $0.instant && time < $0.settled } ?? false
        }
        guard isDoubtful else { return true }
        let unix = floorDivide(time, 1000)
        let low = hours.first.map { Int64($0.day) * 86_400 } ?? .min
        let high = hours.afterLast.map { Int64($0.day) * 86_400 } ?? .max
        let meant = cron.meant(at: unix, in: zone)
        let wall = unix + zone.offset(at: unix)
        if meant.isMeantAsShown, wall >= low, wall < high { return true }
        guard let gap = meant.gap, let first = cron.firstLocal(from: max(gap.lowerBound, low)) else { return false }
        return first < min(gap.upperBound, high)
    }
}
