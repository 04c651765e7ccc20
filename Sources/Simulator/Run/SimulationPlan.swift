/// The parameters of a simulation.
public struct SimulationPlan: Sendable, Equatable {
    /// The seed of all random choices: the same seed gives the same run.
    public var seed: UInt64
    /// Requests to Redis after which faults stop; the run then goes on until all jobs are finished.
    public var steps: Int
    /// Scheduler processes that compete for the leadership.
    public var schedulers: Int
    /// Worker processes; with `ticks` there are none.
    public var workers: Int
    /// No faults; then every job must start exactly once for each of its attempts.
    public var isCalm: Bool
    /// Instead of the above: only schedulers, with faults, until so many ticks were handled.
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

/// The result of a simulation.
public struct SimulationReport: Sendable, Equatable {
    /// A violated invariant.
    public struct Violation: Sendable, Equatable {
        /// Requests to Redis before it was detected.
        public let step: Int
        /// The invariant and its violation, in one line.
        public let what: String
    }

    /// The plan's seed: with the same plan it gives this run again.
    public let seed: UInt64
    /// Nil when every invariant held.
    public let violation: Violation?
    /// The same for two identical runs.
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
    /// Settlements that scripts accepted.
    public let settled: Int
    /// Settlements that scripts refused, because the claim was lost.
    public let refused: Int
    /// Ticks that were enqueued or recorded as skipped.
    public let ticks: Int
    /// Missed ticks before the last of each run, which one record covers.
    public let ticksSubsumed: Int
    /// Versions of the schedule that were activated, from files and by operators.
    public let activations: Int
    /// Tokens that were taken from the limited bucket.
    public let tokens: Int
    /// Requests to Redis that a fault struck.
    public let faults: Int
    /// Processes that died.
    public let crashes: Int
    /// Audits of all keys of the fleet.
    public let audits: Int
}
