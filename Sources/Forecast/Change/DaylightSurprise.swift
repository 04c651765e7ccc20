public import ScheduleConfiguration
import Scheduler
public import Time

/// A run that a change of the clocks moves, drops or doubles.
public struct DaylightSurprise: Sendable, Equatable {
    /// What the change of the clocks does to the local time.
    public enum Kind: String, Sendable {
        /// The local time does not exist.
        case gap
        /// The local time exists twice.
        case repeated
    }

    /// The entry's name.
    public var entry: String
    /// Whether the clocks go forward (`gap`) or back (`repeated`).
    public var kind: Kind
    /// The IANA name of the entry's time zone.
    public var zone: String
    /// The first local time of the entry that the change hits, and how many there are.
    public var local: CivilTime
    /// How many local times of the entry the change hits, at most 100.
    public var count: Int
    /// When the entry runs instead, or in both passes, unix milliseconds; at most 100.
    public var runs: [Int64]
    /// The change of the clocks, unix seconds.
    public var at: Int64

    /// All that an entry meets in a stretch of time.
    ///
    /// An entry that runs in every hour meets none: it goes on as if nothing had happened.
    /// - Parameters:
    ///   - start: unix milliseconds.
    ///   - length: milliseconds.
    public static func all(of entry: ScheduleEntry, from start: Int64, for length: Int64) -> [DaylightSurprise] {
        guard case .cron(let cron, let zone) = entry.cadence, !cron.runsInEveryHour || cron.isFixed else { return [] }
        var found: [DaylightSurprise] = []
        var segment = zone.segment(at: floorDivide(start, 1_000))
        let end = floorDivide(start + length, 1_000)
        while segment.end < end {
            let next = zone.segment(at: segment.end)
            if let surprise = at(segment.end, from: segment.offset, to: next.offset, entry, cron, zone) {
                found.append(surprise)
            }
            segment = next
        }
        return found
    }

    private static func at(
        _ change: Int64, from before: Int64, to after: Int64, _ entry: ScheduleEntry, _ cron: CronExpression,
        _ zone: TimeZoneRules
    ) -> DaylightSurprise? {
        let (first, last) = (change + min(before, after), change + max(before, after))
        var hits: [Int64] = []
        var cursor = first
        while hits.count < hitLimit, let local = cron.firstLocal(from: cursor), local < last {
            hits.append(local)
            cursor = local + 1
        }
        guard let hit = hits.first else { return nil }
        let width = last - first
        let isGap = after > before
        // In a gap: what runs after it and would not by the clock alone. Else: what runs in either pass.
        let stretch = isGap ? (change - 1, change + width - 1) : (change - width - 1, change + width - 1)
        let runs = entry.ticks(after: stretch.0 * 1_000, through: stretch.1 * 1_000, limit: hitLimit).filter {
            let local = $0 / 1_000 + zone.offset(at: $0 / 1_000)
            return !isGap || cron.firstLocal(from: local) != local
        }
        return DaylightSurprise(
            entry: entry.name, kind: isGap ? .gap : .repeated, zone: zone.name,
            local: CivilTime(secondsSinceEpoch: hit), count: hits.count, runs: runs, at: change)
    }

    private static let hitLimit = 100
}
