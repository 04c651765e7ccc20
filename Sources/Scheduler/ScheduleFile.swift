/// A whole schedule file, checked: rate limits, queues, worker pools, schedules.
///
/// Each list is sorted by name, so two files that say the same are equal but for `line`.
public struct ScheduleFile: Sendable, Equatable {
    /// The zone of every cron entry that names none. Default UTC.
    public var timezone: String = "UTC"
    public var limits: [LimitEntry] = []
    public var queues: [QueueEntry] = []
    public var pools: [PoolEntry] = []
    public var schedules: [ScheduleEntry] = []

    public init() {}
}

/// A kind of job that a schedule may name, as the composition knows it.
public struct KnownKind: Sendable, Equatable {
    public let name: String
    /// Where its jobs go when the entry names no queue.
    public let queue: String
    /// What happens to its missed ticks when the entry does not say.
    public let misfire: MisfirePolicy

    public init(name: String, queue: String, misfire: MisfirePolicy = .once) {
        self.name = name
        self.queue = queue
        self.misfire = misfire
    }
}

/// A token bucket that the whole fleet shares.
public struct LimitEntry: Sendable, Equatable {
    public var name: String
    public var rate: Rate
    /// Tokens the bucket holds at most; default: the rate's count.
    public var burst: Int
    /// Tokens kept back for the queue or kind of that name; together fewer than `burst`.
    public var reserve: [String: Int]
    public var line: Int
}

/// How jobs of one queue are run.
public struct QueueEntry: Sendable, Equatable {
    public var name: String
    /// The token bucket a job waits for, if any.
    public var limit: String?
    /// How long an attempt may take. Default 1 m.
    public var timeoutMilliseconds: Int64 = 60_000
    public var retry = RetryEntry()
    /// Deaths of the worker that held the job before the job is dead. Default 3.
    public var maxCrashes = 3
    /// How long finished jobs are kept. Default 1 d.
    public var retentionMilliseconds: Int64 = 86_400_000
    public var line: Int
}

/// When a failed attempt is followed by another.
public struct RetryEntry: Sendable, Equatable {
    public enum Backoff: String, Sendable, CaseIterable {
        /// `base`, doubled after every attempt, up to `max`.
        case exponential
        /// Always `base`.
        case fixed
    }

    public enum Jitter: String, Sendable, CaseIterable {
        /// Anything from nothing to the whole delay.
        case full
        /// Exactly the delay.
        case none
    }

    /// All attempts, the first included. Default 3.
    public var attempts = 3
    public var backoff = Backoff.exponential
    /// Default 5 s.
    public var baseMilliseconds: Int64 = 5000
    /// Default 5 m, or `base` if that is longer.
    public var maxMilliseconds: Int64 = 300_000
    public var jitter = Jitter.full
}

/// A group of worker processes.
public struct PoolEntry: Sendable, Equatable {
    public var name: String
    /// Queue names, or `*` alone for every queue, in the order in which they were written.
    public var queues: [String]
    /// Default 1; 0 stands the pool down.
    public var processes = 1
    /// Slots in each process. Default 8.
    public var concurrency = 8
    /// How long a worker that drains waits for its running jobs. Default 30 s.
    public var graceMilliseconds: Int64 = 30_000
    public var line: Int
}
