/// One record of an entry's history: one tick, or a run of ticks that ended alike. Times are unix milliseconds.
public struct TickRecord: Sendable, Equatable, Codable {
    /// How the tick or the run of ticks was handled.
    public enum Outcome: String, Sendable, Codable {
        case enqueued
        case caughtUp = "caught-up"
        /// An operator backfilled it.
        case backfilled
        case skipped
        case sourceUnavailable = "source-unavailable"
        /// Not a tick: the last handled one was ahead of the clock, and the entry continued from `nominal`.
        case clockCorrected = "clock-corrected"
    }

    /// Nominal time of the oldest tick of the record.
    public var first: Int64
    /// Nominal time of the newest tick of the record; the same as `first` for one tick.
    public var nominal: Int64
    /// How many ticks the record stands for.
    public var count: Int
    /// When it was recorded.
    public var at: Int64
    /// The epoch of the leader that recorded it; 0 for an operator.
    public var epoch: Int
    /// The same for all ticks of the record.
    public var outcome: Outcome
    /// `misfire`, `window`, `overlap`, `paused`, `queue-full`, `source`, or `exists`: its job existed already.
    public var reason: String?
    /// One sentence for display; nil for none.
    public var detail: String?
    /// How many jobs were enqueued.
    public var jobs: Int
    /// The id of the only job; the ids of several are `entry@nominal#entity`.
    public var job: String?
    /// When the first of its jobs was to start, if later than the nominal time.
    public var due: Int64?
    /// Entities that were skipped by the overlap policy.
    public var overlap: [String]?
    /// Entities without a job because a pause held for them or for the entry.
    public var paused: [String]?
    /// Entities without a new job because a job of their id existed already.
    public var exists: [String]?
    /// Entities that were new at this tick.
    public var added: [String]?
    /// Entities of the previous tick that are gone at this one.
    public var removed: [String]?

    /// Whether its times and numbers are within the range that scripts write; sums of others might overflow.
    var isPlausible: Bool {
        let limit = -StoredTime.limit...StoredTime.limit
        return [first, nominal, at, due ?? 0].allSatisfy(limit.contains) && limit.contains(Int64(count))
            && limit.contains(Int64(jobs))
    }

    /// Whether its jobs, or that of one entity, were enqueued.
    public func ran(_ entity: String? = nil) -> Bool {
        guard outcome == .enqueued || outcome == .caughtUp || outcome == .backfilled, jobs > 0 else { return false }
        guard let entity else { return true }
        return ![overlap, paused].contains { $0?.contains(entity) ?? false }
    }
}
