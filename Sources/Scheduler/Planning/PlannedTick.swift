public import ScheduleConfiguration

/// What the planner decided about one tick, or about a stretch of them. All times are unix milliseconds.
public enum PlannedTick: Sendable, Equatable {
    case enqueue(DueTick)
    case skip(SkippedTicks)

    /// When the entry meant to tick; what is remembered as last handled.
    public var nominal: Int64 {
        switch self {
        case .enqueue(let tick): tick.nominal
        case .skip(let ticks): ticks.nominal
        }
    }

    /// The entry that the tick, or the stretch of ticks, belongs to.
    public var entry: ScheduleEntry {
        switch self {
        case .enqueue(let tick): tick.entry
        case .skip(let ticks): ticks.entry
        }
    }

    var isCatchUp: Bool {
        if case .enqueue(let tick) = self { tick.reason == .caughtUp } else { false }
    }
}

/// A tick whose job or jobs are to be enqueued.
public struct DueTick: Sendable, Equatable {
    /// Why the tick runs now.
    public enum Reason: Sendable, Equatable {
        /// On time.
        case regular
        /// Missed, and made up for.
        case caughtUp
    }

    /// The entry as it was when the plan was made.
    public let entry: ScheduleEntry
    /// When it was meant to tick; part of its id.
    public let nominal: Int64
    /// Recorded as the tick's outcome: `enqueued` or `caught-up`.
    public let reason: Reason
}

/// A run of ticks of one entry that will not run, all for the same reason, with no other tick of it in between.
public struct SkippedTicks: Sendable, Equatable {
    /// Why the ticks do not run.
    public enum Reason: Sendable, Equatable {
        /// No scheduler handled them in time, and the misfire rule drops them.
        case misfire
        /// The rule would have them, but they are older than the entry's `within`.
        case tooOld
        /// They do not count: the sentence says which hours.
        case closed(because: String)
    }

    /// The entry as it was when the plan was made.
    public let entry: ScheduleEntry
    /// The oldest of them.
    public let first: Int64
    /// The newest of them.
    public let nominal: Int64
    /// How many, at least 1.
    public let count: Int
    /// The same for every tick of the run.
    public let reason: Reason
}

/// What is to be done now, and when to look again.
public struct TickPlan: Sendable, Equatable {
    /// Each entry's in order of time. Entries that catch up come after the others. What the planner's limits cut off
    /// comes with the next plan.
    public var ticks: [PlannedTick] = []
    /// Last handled times to store although nothing ticked: entries seen for the first time, disabled entries whose
    /// time passed. Without them a new entry would never start, and an enabled one would catch up on its rest.
    public var lastRuns: [String: Int64] = [:]
    /// Entries whose last handled time is ahead of the clock, with that time: they go on from now once it is corrected.
    public var corrections: [String: Int64] = [:]
    /// The next tick of any enabled entry; `now` when a limit cut this plan short; nil when nothing will tick.
    public var nextWakeUp: Int64?
}
