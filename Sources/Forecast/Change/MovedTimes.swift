public import ScheduleConfiguration
import Scheduler

/// How the due times of an entry's jobs differ between two versions of it.
public struct MovedTimes: Sendable, Equatable {
    /// Jobs that stay at their moment, that are due at a moment no more, and that come at a new one.
    public var kept = 0
    /// Jobs that the old version has and the new one has not.
    public var gone = 0
    /// Jobs that the new version has and the old one has not.
    public var new = 0
    /// The first of each, unix milliseconds.
    public var firstGone: Int64?
    /// Unix milliseconds; nil when there is none.
    public var firstNew: Int64?
    /// Whether there were too many to compare them all; then the numbers hold for the first part of the stretch.
    public var isCut = false

    /// Whether every due time stays; of a cut comparison, within its part of the stretch.
    public var isEmpty: Bool { gone == 0 && new == 0 }

    private static let limit = 200_000

    /// Nothing moves.
    public init() {}

    /// - Parameters:
    ///   - start: unix milliseconds, exclusive.
    ///   - length: milliseconds.
    public init(
        from old: ScheduleEntry?, to new: ScheduleEntry?, _ facts: LoadFacts,
        after start: Int64, for length: Int64
    ) {
        var end = start + length
        let before = Self.times(of: old, facts, after: start, &end)
        let after = Self.times(of: new, facts, after: start, &end)
        isCut = end < start + length
        merge(before.filter { $0 <= end }, after.filter { $0 <= end })
    }

    /// Sorted; `end` is brought forward where there are too many.
    private static func times(
        of entry: ScheduleEntry?, _ facts: LoadFacts, after start: Int64, _ end: inout Int64
    ) -> [Int64] {
        guard let entry, entry.enabled else { return [] }
        let entities = facts.entities(of: entry)
        guard !entities.isEmpty else { return [] }
        let most = max(1, limit / entities.count)
        let ticks = entry.ticks(after: start, through: end, limit: most + 1)
        if ticks.count > most { end = min(end, ticks[most - 1]) }
        return ticks.prefix(most).filter { entry.closedBecause(at: $0) == nil }
            .flatMap { tick in entities.map { entry.due(nominal: tick, entity: $0) } }.sorted()
    }

    private mutating func merge(_ before: [Int64], _ after: [Int64]) {
        var (left, right) = (0, 0)
        while left < before.count || right < after.count {
            let old = left < before.count ? before[left] : .max
            let fresh = right < after.count ? after[right] : .max
            if old == fresh {
                kept += 1
                (left, right) = (left + 1, right + 1)
            } else if old < fresh {
                gone += 1
                firstGone = firstGone ?? old
                left += 1
            } else {
                new += 1
                firstNew = firstNew ?? fresh
                right += 1
            }
        }
    }
}
