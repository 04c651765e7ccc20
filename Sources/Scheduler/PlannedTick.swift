/// What the planner decided about one tick, or about a stretch of missed ones. All times are unix milliseconds.
public enum PlannedTick: Sendable, Equatable {
    case enqueue(DueTick)
    case skip(SkippedTick)

    /// When the entry meant to tick; what is remembered as last handled.
    public var nominal: Int64 {
        switch self {
        case .enqueue(let tick): tick.nominal
        case .skip(let tick): tick.nominal
        }
    }

    public var entry: ScheduleEntry {
        switch self {
        case .enqueue(let tick): tick.entry
        case .skip(let tick): tick.entry
        }
    }
}

/// A tick whose job or jobs are to be enqueued.
public struct DueTick: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// On time.
        case regular
        /// Missed, and made up for.
        case caughtUp
    }

    public let entry: ScheduleEntry
    public let nominal: Int64
    public let reason: Reason
    /// Ticks before this one that nobody handled and nobody will; counting stops at `TickPlanner.countLimit`.
    public let missedBefore: Int

    /// `entry@nominal`: the same whoever plans it, so that it is enqueued once.
    public var tickID: String { "\(entry.name)@\(nominal)" }

    /// The id of one entity's job: `entry@nominal#entity`.
    public func tickID(for entity: String) -> String { "\(tickID)#\(entity)" }

    /// When the job becomes ready: the nominal time plus the entry's, or the entity's, share of the spread.
    public func due(for entity: String = "") -> Int64 {
        nominal
            + SpreadOffset.milliseconds(entry: entry.name, entity: entity, spreadMilliseconds: entry.spreadMilliseconds)
    }
}

/// Ticks that were missed and will not run, up to and including `nominal`.
public struct SkippedTick: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// The entry says `misfire: skip`.
        case missed
        /// The newest is older than the entry's `within`.
        case tooOld
    }

    public let entry: ScheduleEntry
    /// The newest of them.
    public let nominal: Int64
    public let reason: Reason
    /// How many, at least 1; counting stops at `TickPlanner.countLimit`.
    public let count: Int
}

/// What is to be done now, and when to look again.
public struct TickPlan: Sendable, Equatable {
    /// By nominal time, then name; at most the planner's limit, the rest comes with the next plan.
    public var ticks: [PlannedTick] = []
    /// Last handled times to store although nothing ticked: entries seen for the first time, disabled entries whose
    /// time passed. Without them a new entry would never start, and an enabled one would catch up on its rest.
    public var baselines: [String: Int64] = [:]
    /// The next tick of any enabled entry; `now` when the limit cut this plan short; nil when nothing will tick.
    public var nextWakeUp: Int64?
}
