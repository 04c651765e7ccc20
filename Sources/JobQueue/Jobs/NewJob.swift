import Redis

/// A job that is to be enqueued.
public struct NewJob: Sendable {
    /// Set by the caller so that a repeated enqueue adds nothing; nil for a generated id.
    public var id: JobID?
    /// Where the job waits and runs; the queue is registered when the job is enqueued.
    public var queue: QueueName
    /// Which handler runs it. Unknown kinds are accepted, and parked when a worker fetches them.
    public var kind: JobKind
    /// The arguments, checked as JSON; the handler checks their shape.
    public var payload: JobPayload
    /// -100 to 100; within a queue a greater one is fetched first.
    public var priority = 0
    /// When it may run.
    public var start = Start.now
    /// How long after its time it may still start, in milliseconds; later it expires and never runs. A job that started
    /// in time may be retried later. Nil for no limit.
    public var freshForMilliseconds: Int64?
    /// Further options: unique and concurrency keys, chains, limits of attempts and time.
    public var options = JobOptions()

    /// The earliest moment at which the job may be fetched.
    public enum Start: Sendable, Equatable {
        case now
        /// That many milliseconds after it is enqueued.
        case after(milliseconds: Int64)
        /// Unix milliseconds.
        case at(milliseconds: Int64)
    }

    /// A job of priority 0 that may run now and expires by its queue's rule alone. Nothing is sent to Redis.
    public init(id: JobID? = nil, kind: JobKind, queue: QueueName, payload: JobPayload = .none) {
        self.id = id
        self.queue = queue
        self.kind = kind
        self.payload = payload
    }

    /// Unix milliseconds; 0 for now.
    func dueMilliseconds(now: Int64) -> Int64 {
        switch start {
        case .now: 0
        case .after(let delay): now + min(max(delay, 0), Self.horizonMilliseconds)
        case .at(let time): time
        }
    }

    /// - Throws: `JobQueueError.outOfRange` for an invalid priority, time or option.
    public func check(now: Int64) throws(JobQueueError) {
        guard Self.priorityBounds.contains(priority) else {
            throw .outOfRange(what: "The priority", value: "\(priority)", range: Self.priorityBounds.shown)
        }
        if case .after(let delay) = start, !(0...Self.horizonMilliseconds).contains(delay) {
            throw .outOfRange(what: "The delay", value: "\(delay) ms", range: "zero to ten years")
        }
        let due = dueMilliseconds(now: now)
        guard due >= 0, due <= now + Self.horizonMilliseconds else {
            throw .outOfRange(what: "The time to run at", value: "\(due) ms", range: "within ten years from now")
        }
        if let fresh = freshForMilliseconds, !(1...Self.horizonMilliseconds).contains(fresh) {
            throw .outOfRange(what: "The time it stays fresh", value: "\(fresh) ms", range: "up to ten years, not zero")
        }
        try checkOptions()
        try checkLinks()
    }

    private func checkOptions() throws(JobQueueError) {
        if let attempts = options.maxAttempts, !RetryPolicy.attemptBounds.contains(attempts) {
            throw .outOfRange(
                what: "The number of attempts", value: "\(attempts)", range: RetryPolicy.attemptBounds.shown)
        }
        if let version = options.version, !JobOptions.versionBounds.contains(version) {
            throw .outOfRange(
                what: "The version of the arguments", value: "\(version)", range: JobOptions.versionBounds.shown)
        }
        if let timeout = options.timeoutMilliseconds, !(1...Self.horizonMilliseconds).contains(timeout) {
            throw .outOfRange(what: "The time limit", value: "\(timeout) ms", range: "more than zero, up to ten years")
        }
    }

    /// Scripts store keys in texts whose parts are separated by blanks, as ids.
    private func checkLinks() throws(JobQueueError) {
        for (what, key) in [("unique key", options.uniqueKey), ("concurrency key", options.concurrencyKey)] {
            if let key { _ = try JobKey(key, as: what) }
        }
        if let limit = options.concurrencyLimit, !JobOptions.concurrencyLimitBounds.contains(limit) {
            throw .outOfRange(
                what: "The number of running jobs of one key", value: "\(limit)",
                range: JobOptions.concurrencyLimitBounds.shown)
        }
        if let depth = options.depth, !(0...Self.depthLimit).contains(depth) {
            throw .outOfRange(
                what: "The number of jobs that enqueued one another", value: "\(depth)",
                range: "at most \(Self.depthLimit); is there a cycle")
        }
        if let chain = options.chain, chain.count > Self.depthLimit {
            throw .outOfRange(
                what: "The length of the chain", value: "\(chain.count)", range: "at most \(Self.depthLimit)")
        }
        for link in options.chain ?? [] {
            _ = (try JobKind(link.kind), try QueueName(link.queue), try JobPayload(json: link.args))
        }
    }

    /// The range of `priority`; a greater one is fetched first.
    public static let priorityBounds = -100...100
    /// How many jobs may enqueue one another in a row.
    public static let depthLimit = 100

    private static let horizonMilliseconds: Int64 = 3_653 * 86_400_000

    /// - Parameter freshFor: the expiry of its queue, for a job without its own; milliseconds.
    func record(now: Int64, freshFor: Int64? = nil) -> [UInt8] {
        var options = options
        if let fresh = freshForMilliseconds ?? freshFor {
            let (until, isBeyond) = max(now, dueMilliseconds(now: now)).addingReportingOverflow(max(fresh, 0))
            options.freshUntilMilliseconds = isBeyond ? .max : until
        }
        return JobEnvelope(
            kind: kind, payload: payload.bytes, enqueuedMilliseconds: now, priority: priority,
            options: options.encoded()
        ).encoded()
    }
}

extension ClosedRange<Int> {
    /// `1 to 100`, as help and errors show it.
    public var shown: String { "\(lowerBound) to \(upperBound)" }
}

/// The result of enqueueing one job.
public struct EnqueuedJob: Sendable, Equatable {
    /// The id of the job that does the work: this one's, or that of the job which holds its unique key.
    public let id: JobID
    /// The queue that the job was enqueued to.
    public let queue: QueueName
    /// False when a job of this id or unique key existed already.
    public let isNew: Bool
    /// Whether the existing job has taken this one's arguments; otherwise nothing was changed.
    public let isCoalesced: Bool

    /// - Parameter answer: of queue.lua's `accept`.
    init(id: JobID, queue: QueueName, answer: RedisValue) {
        self.queue = queue
        guard case .bulk(let bytes) = answer else {
            self.id = id
            isNew = answer == .integer(1)
            isCoalesced = false
            return
        }
        isNew = false
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        isCoalesced = words.count == 2
        self.id = JobID(unchecked: String(words.first ?? ""))
    }
}
