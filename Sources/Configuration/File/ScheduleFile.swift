public import JobQueue
public import Time

/// A whole schedule file, checked: rate limits, circuits, queues, worker pools, schedules.
///
/// Each list is sorted by name, so two files that say the same are equal but for `line`.
public struct ScheduleFile: Sendable, Equatable {
    /// The zone of every cron entry that names none. Default UTC.
    public var timezone: String = "UTC"
    /// Which edits of the file in its place wait until a person applies them. Default `risky`.
    public var review = ReviewPolicy.risky
    /// The token buckets under `limits`.
    public var limits: [LimitEntry] = []
    /// The circuits under `circuits`.
    public var circuits: [CircuitEntry] = []
    /// The queues under `queues`; entries and pools may name no others.
    public var queues: [QueueEntry] = []
    /// The worker pools under `pools`.
    public var pools: [PoolEntry] = []
    /// The entries under `schedules`, disabled ones included.
    public var schedules: [ScheduleEntry] = []
    /// What holds all the same, and should be mended, in order of line and column.
    public var warnings: [ScheduleFileProblem] = []

    /// A file without entries, in UTC: nothing ticks.
    public init() {}
}

/// A kind of job that a schedule may name, as the composition knows it.
public struct KnownKind: Sendable {
    /// The name of the kind, as `job` of an entry gives it.
    public let name: String
    /// Where its jobs go when the entry names no queue.
    public let queue: String
    /// What happens to its missed ticks when the entry does not say.
    public let misfire: MisfirePolicy
    /// The argument by which its jobs are told their entity, where the entry lists the entities itself.
    public let entityArgument: String?
    /// What its arguments may be; nil where they are not checked.
    public let arguments: ArgumentRules?

    /// - Parameter arguments: nil when the arguments of the kind are not checked.
    public init(
        name: String, queue: String, misfire: MisfirePolicy = .once, entityArgument: String? = nil,
        arguments: ArgumentRules? = nil
    ) {
        self.name = name
        self.queue = queue
        self.misfire = misfire
        self.entityArgument = entityArgument
        self.arguments = arguments
    }
}

/// A token bucket that the whole fleet shares.
public struct LimitEntry: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; part of the bucket's Redis keys.
    public var name: String
    /// Tokens that flow in; its period is also the window in which no more than `rate` are given.
    public var rate: Rate
    /// Tokens the bucket holds at most; default: the rate's count.
    public var burst: Int
    /// Tokens kept back for the queue or kind of that name; together fewer than `burst`.
    public var reserve: [String: Int]
    /// Where the limit stands in its file, from 1.
    public var line: Int
}

/// When jobs of the queues that name it are held back, because what they depend on fails. One for the whole fleet.
public struct CircuitEntry: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; part of the circuit's Redis key.
    public var name: String
    /// Failures of one fingerprint within the window that open it. Default 5.
    public var failures = 5
    /// Default 1 m.
    public var windowMilliseconds: Int64 = 60_000
    /// How long it stays open before one job may try. Default 30 s; doubles with each trial that fails.
    public var openMilliseconds: Int64 = 30_000
    /// It never stays open longer. Default 10 m, or `open` if that is longer.
    public var openMaxMilliseconds: Int64 = 600_000
    /// How long after a trial that succeeded jobs are let through in growing numbers. Default 30 s.
    public var rampMilliseconds: Int64 = 30_000
    /// Where the circuit stands in its file, from 1.
    public var line: Int
}
