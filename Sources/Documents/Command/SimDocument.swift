/// A run of the real scripts on a seeded clock: `sim`.
public struct SimDocument: Encodable, Sendable {
    /// A string, because a number of 64 bits is not safe in every reader of JSON.
    let seed: String
    let isOK: Bool
    @OrNull var violation: String?
    @OrNull var step: Int?
    let trace: String
    let tail: [String]
    private let counts: Counts
    let tookMs: Int

    /// - Parameters:
    ///   - violation: the promise that was broken, and at which step; nil when all were kept.
    ///   - trace: the same for two identical runs.
    ///   - tail: the newest lines of the trace.
    ///   - tookMs: real time.
    public init(
        seed: UInt64, violation: (what: String, step: Int)?, trace: String, tail: [String], counts: Counts, tookMs: Int
    ) {
        self.seed = "\(seed)"
        isOK = violation == nil
        self.violation = violation?.what
        step = violation?.step
        self.trace = trace
        self.tail = tail
        self.counts = counts
        self.tookMs = tookMs
    }

    /// One object; the counts stand before the time that it took.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(seed, forKey: .seed)
        try fields.encode(isOK, forKey: .isOK)
        try fields.encode(_violation, forKey: .violation)
        try fields.encode(_step, forKey: .step)
        try fields.encode(trace, forKey: .trace)
        try fields.encode(tail, forKey: .tail)
        try counts.encode(to: encoder)
        try fields.encode(tookMs, forKey: .tookMs)
    }

    enum CodingKeys: String, CodingKey {
        case seed
        case isOK = "ok"
        case violation, step, trace, tail
        case tookMs = "took_ms"
    }

    /// How much of what there was in the whole run.
    public struct Counts: Encodable, Sendable {
        /// Requests to Redis, and milliseconds that passed on the clock of the run.
        public var steps = 0, virtualMs: Int64 = 0
        /// Jobs that were enqueued, claims of them, and settlements that scripts accepted and refused.
        public var jobs = 0, starts = 0, settled = 0, refused = 0
        /// Ticks that were handled, and missed ones that the record of a later one covers.
        public var ticks = 0, ticksSubsumed = 0
        /// Versions that were activated, and tokens that were taken.
        public var scheduleVersions = 0, tokens = 0
        /// Requests that a fault struck, processes that died, and audits of all keys.
        public var faults = 0, crashes = 0, audits = 0

        /// All of them 0.
        public init() {}

        enum CodingKeys: String, CodingKey {
            case steps
            case virtualMs = "virtual_ms"
            case jobs, starts, settled, refused, ticks
            case ticksSubsumed = "ticks_subsumed"
            case scheduleVersions = "schedule_versions"
            case tokens, faults, crashes, audits
        }
    }
}
