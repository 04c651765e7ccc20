/// What a schedule asks of the fleet in a stretch of time, if no job ever waited for another.
public struct ScheduleLoad: Sendable, Equatable {
    /// Unix milliseconds; the end is the first moment after it.
    public var from, to: Int64
    /// Until when peaks were looked for: before `to` where the jobs of the whole stretch were too many.
    public var measuredTo: Int64
    /// One for each enabled entry, by name.
    public var entries: [EntryLoad] = []
    /// One for each queue that is declared or used, by name.
    public var queues: [QueueLoad] = []
    /// One for each declared limit, by name.
    public var limits: [LimitLoad] = []
}

/// How often an entry ticks, and how many jobs that makes.
public struct EntryLoad: Sendable, Equatable {
    /// The entry's name.
    public var name: String
    /// Ticks that count; those outside of its window or on quiet days do not.
    public var ticks: Int
    /// Ticks times entities.
    public var jobs: Int
}

/// How many jobs a queue gets, and the slots for them.
public struct QueueLoad: Sendable, Equatable {
    /// The queue's name.
    public var name: String
    /// Of the schedule alone.
    public var jobs: Int
    /// Jobs that follow them, on average and at the worst.
    public var followUps: Double
    /// As `followUps`, when every follow-up that may come does come.
    public var mostFollowUps: Int
    /// Jobs of the schedule that run at a time, at the most, when each takes as long as 95 of 100 do.
    public var peakRunning: Int
    /// Places that the pools have for the queue, shared with others.
    public var slots: Int
}

/// What a limit is asked for.
public struct LimitLoad: Sendable, Equatable {
    /// The limit's name.
    public var name: String
    /// The time in which the limit counts, in milliseconds, and what it gives in it.
    public var windowMilliseconds: Int64
    /// Tokens that any window of that length may see at most.
    public var capacity: Int
    /// What of it only others than the owners of a reserve must leave.
    public var reserved: Int
    /// Tokens that the schedule's own jobs ask for in any window, at the most, and the end of the first such window.
    public var peak = 0
    /// Unix milliseconds; nil when nothing asks.
    public var peakAt: Int64?
    /// The same without those of classes that have a reserve.
    public var othersPeak = 0
    /// Unix milliseconds; nil when no class without a reserve asks.
    public var othersPeakAt: Int64?
    /// Tokens a second in the stretch: as expected, and when every follow-up that may come does come.
    public var average = 0.0
    /// Tokens a second at the worst.
    public var mostAverage = 0.0
    /// By the class that has a reserve: tokens a second at the worst, and what its reserve gives.
    public var owners: [Owner] = []

    /// A class of callers with a reserve: a queue or a kind.
    public struct Owner: Sendable, Equatable {
        /// The name under `reserve` of the limit.
        public var name: String
        /// Tokens a second that its jobs need at the worst.
        public var mostAverage: Double
        /// Tokens a second that its reserve gives.
        public var reserve: Double
    }

    /// Tokens a second that the limit gives to those who always ask.
    public var perSecond: Double { Double(capacity) * 1_000 / Double(windowMilliseconds) }

    /// What is wrong with it; empty when nothing is.
    public var excesses: [Excess] {
        var found: [Excess] = []
        if peak > capacity || mostAverage > perSecond { found.append(.limit) }
        if othersPeak > capacity - reserved || owners.contains(where: { $0.mostAverage > $0.reserve }) {
            found.append(.reserve)
        }
        return found
    }

    /// What a limit is asked for too much; raw values are shown in plans.
    public enum Excess: String, Sendable {
        /// Some window is asked for more than the limit gives, or every hour is at the worst.
        case limit = "OVER LIMIT"
        /// Others want what is kept for the owners of a reserve, or those may need more than what is kept for them.
        case reserve = "OVER RESERVE"
    }
}

extension ScheduleLoad {
    /// Whether any limit is asked for more than it gives or than its reserve leaves.
    public var isRisky: Bool { limits.contains { !$0.excesses.isEmpty } }
}
