public import JobQueue

/// How jobs of one queue are run.
public struct QueueEntry: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; part of the queue's Redis keys.
    public var name: String
    /// The token buckets that a job waits for, all or none; at most three, each of them once.
    public var limits: [LimitUseEntry] = []
    /// The circuit that holds its jobs back while open, if any.
    public var circuit: String?
    /// What it asks of its producers; this is kept in Redis.
    public var settings = QueueSettings()
    /// After how long a job that states no freshness of its own expires; nil for never.
    public var freshForMilliseconds: Int64? { settings.freshForMilliseconds }
    /// How long an attempt may take. Default 1 m.
    public var timeoutMilliseconds: Int64 = 60_000
    /// How failed attempts are tried again, unless the job's kind has rules of its own in `kinds`.
    public var retry = RetryEntry()
    /// What other rules hold for jobs of one kind, sorted by the name of the kind.
    public var kinds: [KindEntry] = []
    /// Deaths of the worker that held the job before the job is dead. Default 3.
    public var maxCrashes = 3
    /// How long finished jobs are kept. Default 1 d.
    public var retentionMilliseconds: Int64 = 86_400_000
    /// When dead jobs are trimmed, after their export; nil keeps them until a person decides.
    public var deadRetention: DeadRetentionEntry?
    /// Where the queue stands in its file, from 1.
    public var line: Int
}

/// What a job takes of a token bucket before it starts.
public struct LimitUseEntry: Sendable, Equatable {
    /// The limit's name; it is declared under `limits` of the same file.
    public var name: String
    /// Tokens; from 1 to what the bucket can ever give to jobs of the queue. Default 1.
    public var cost = 1
}

/// Which dead jobs are kept; one of the two is always there, and a job that breaks either is trimmed.
public struct DeadRetentionEntry: Sendable, Equatable {
    /// Since the job died.
    public var ageMilliseconds: Int64?
    /// The youngest so many.
    public var count: Int?
}

/// What holds for jobs of one kind in a queue, instead of the queue's own rules.
public struct KindEntry: Sendable, Equatable {
    /// The kind of job that the rules are for.
    public var name: String
    /// nil: the queue's.
    public var timeoutMilliseconds: Int64?
    /// Whole: what the file leaves out here is the queue's. nil when it says nothing of retry here.
    public var retry: RetryEntry?
}
