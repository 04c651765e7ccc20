/// What a simulated stretch of time was like.
public struct SimulationReport: Sendable, Equatable {
    /// Unix milliseconds; the end is the first moment after it.
    public var from, to: Int64
    /// One for each enabled entry.
    public var entries: [EntryStory] = []
    /// One for each declared queue.
    public var queues: [QueueStory] = []
    /// One for each declared limit.
    public var limits: [LimitStory] = []
    /// One for each hour that begins in the stretch; the first begins with it.
    public var hours: [HourStory] = []

    /// What became of an entry's ticks. Every nominal time is in one of `enqueued` and the skipped ones.
    public struct EntryStory: Sendable, Equatable {
        /// The entry's name.
        public var name: String
        /// Ticks that made at least one job, those that were caught up among them.
        public var enqueued = 0
        /// Ticks that were missed and made up for; part of `enqueued`.
        public var caughtUp = 0
        /// Ticks that passed while no scheduler ran.
        public var missed = 0
        /// Ticks outside of their window, or on quiet days.
        public var closed = 0
        /// Jobs that its ticks enqueued.
        public var jobs = 0
        /// Jobs left out because the one before had not ended.
        public var overlaps = 0
        /// Jobs that were cancelled for a newer one.
        public var replaced = 0

        /// An entry that has not ticked yet.
        public init(name: String) { self.name = name }
    }

    /// What became of a queue's jobs.
    public struct QueueStory: Sendable, Equatable {
        /// The queue's name.
        public var name: String
        /// Jobs that began in the stretch; there are no retries.
        public var started = 0
        /// Jobs that ended in the stretch.
        public var finished = 0
        /// From due to start, milliseconds.
        public var latenessMedian: Int64 = 0
        /// Milliseconds that 99 of 100 starts were not later than.
        public var latenessP99: Int64 = 0
        /// Milliseconds of the latest start.
        public var latenessMax: Int64 = 0
        /// Jobs that were not started because they came too late to be worth it.
        public var expired = 0
        /// Attempts that took longer than they may.
        public var timedOut = 0
        /// Jobs that waited at a time, at the most; and at the end.
        public var mostWaiting = 0
        /// Jobs that waited when the stretch ended.
        public var waitingAtEnd = 0
        /// Jobs that ran at a time, at the most.
        public var mostRunning = 0
    }

    /// How a limit was used.
    public struct LimitStory: Sendable, Equatable {
        /// The limit's name.
        public var name: String
        /// The length of its window, in milliseconds.
        public var windowMilliseconds: Int64
        /// Tokens that any window may see at most.
        public var capacity: Int
        /// Tokens of a window that callers without a reserve must leave.
        public var reserved: Int
        /// Tokens that were taken in all.
        public var tokens = 0
        /// The most that any window saw, and the end of the first such window.
        public var peak = 0
        /// Unix milliseconds; nil when no token was taken.
        public var peakAt: Int64?
        /// The same of those without a reserve.
        public var othersPeak = 0
        /// The least that those without a reserve ever left to its owners, in the bucket and of the window; nil when
        /// they took nothing.
        public var leastLeft: Int?
        /// Jobs that had to wait for a token before they started or while they ran, and the longest such wait.
        public var waits = 0
        /// Milliseconds; 0 when no job had to wait.
        public var longestWait: Int64 = 0

        /// Whether a window saw more than the limit, or others took what is kept.
        public var isBroken: Bool {
            peak > capacity || othersPeak > capacity - reserved || (leastLeft ?? reserved) < reserved
        }
    }

    /// One hour of the stretch, over all queues and limits.
    public struct HourStory: Sendable, Equatable {
        /// Unix milliseconds.
        public var from: Int64
        /// Jobs that began in the hour.
        public var started = 0
        /// Tokens that were taken in the hour, of all limits together.
        public var tokens = 0
        /// Tokens in any window that ended within the hour, of the limit that is nearest to its end; of 0 to 1.
        public var fill = 0.0
        /// Milliseconds of the latest start in the hour.
        public var latenessMax: Int64 = 0
    }

    /// Whether every limit and reserve was kept, nothing expired or timed out, and nothing piled up.
    public var isWell: Bool {
        !limits.contains(where: \.isBroken)
            && !queues.contains { $0.expired > 0 || $0.timedOut > 0 || $0.waitingAtEnd > max(10, $0.started / 100) }
    }
}

/// Counts how often each value came, for percentiles that are exact.
struct ValueCounts {
    private var counts: [Int64: Int] = [:]
    private(set) var total = 0
    private(set) var largest: Int64 = 0

    mutating func add(_ value: Int64) {
        counts[value, default: 0] += 1
        total += 1
        largest = max(largest, value)
    }

    /// The least value that so many of a hundred do not exceed; 0 when there is none.
    func percentile(_ share: Int) -> Int64 {
        var left = (total * share + 99) / 100
        for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
            left -= count
            if left <= 0 { return value }
        }
        return largest
    }
}
