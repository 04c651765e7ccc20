/// What is to be simulated.
public struct SimulationPlan: Sendable, Equatable {
    /// Decides everything: the same seed gives the same run.
    public var seed: UInt64
    /// Requests to Redis after which faults stop; the run then goes on until all is done.
    public var steps: Int
    /// Scheduler processes that compete for the leadership.
    public var schedulers: Int
    /// Worker processes; with `ticks` there are none.
    public var workers: Int
    /// Nothing goes wrong; then every job must start exactly once for each of its attempts.
    public var isCalm: Bool
    /// Instead of all that: only schedulers, with faults, until so many ticks were handled.
    public var ticks: Int?

    /// The defaults: 20,000 requests with faults, 3 schedulers, 6 workers. Checks no range.
    public init(
        seed: UInt64, steps: Int = 20_000, schedulers: Int = 3, workers: Int = 6, isCalm: Bool = false,
        ticks: Int? = nil
    ) {
        self.seed = seed
        self.steps = steps
        self.schedulers = schedulers
        self.workers = workers
        self.isCalm = isCalm
        self.ticks = ticks
    }
}

/// What a simulation found.
public struct SimulationReport: Sendable, Equatable {
    /// A promise that was broken.
    public struct Violation: Sendable, Equatable {
        /// Requests to Redis before it was seen.
        public let step: Int
        /// The promise and how it was broken, in one line.
        public let what: String
    }

    /// The plan's seed: with the same plan it gives this run again.
    public let seed: UInt64
    /// Nil when every promise held.
    public let violation: Violation?
    /// The same for two runs that did the same.
    public let digest: String
    /// The newest lines of the trace, oldest first, at most 30.
    public let tail: [String]
    /// Requests to Redis in the whole run.
    public let steps: Int
    /// Time that passed in the simulation.
    public let virtualMilliseconds: Int64
    /// Jobs that were enqueued.
    public let jobs: Int
    /// Claims that workers were given.
    public let starts: Int
    /// Endings that were accepted, and those that were refused because the claim was lost.
    public let settled: Int
    /// Endings that were refused, because another worker had the claim by then.
    public let refused: Int
    /// Ticks that were enqueued or recorded as skipped, and missed ones for which a later one stands.
    public let ticks: Int
    /// Missed ticks beyond the last of each run, for which one record stands.
    public let ticksSubsumed: Int
    /// Versions of the schedule that were activated, by files and by people.
    public let activations: Int
    /// Tokens that were taken of the limited bucket.
    public let tokens: Int
    /// Requests to Redis that a fault struck.
    public let faults: Int
    /// Processes that died.
    public let crashes: Int
    /// Looks at every key of the fleet for broken rules.
    public let audits: Int
}
