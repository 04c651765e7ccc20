/// One entry under `schedules`: which job is enqueued when.
public struct ScheduleEntry: Sendable, Equatable {
    public var name: String
    /// The kind of job.
    public var job: String
    /// Default: the kind's own queue.
    public var queue: String
    public var cadence: Cadence
    /// A JSON object, keys sorted, numbers as they were written. Default `{}`.
    public var argsJSON: String
    /// The source of entities of which each gets its own job; only `running_bots`. Default: one job a tick.
    public var forEach: String?
    /// Each tick, or each entity's job, is delayed by a stable share of this (`SpreadOffset`). Default 0.
    public var spreadMilliseconds: Int64
    /// Default: the kind's own.
    public var misfire: MisfirePolicy
    /// How old a missed tick may be and still run. Default: any age.
    public var withinMilliseconds: Int64?
    /// Default `skip`.
    public var overlap: OverlapPolicy
    /// 0 to 9, 9 first. Default 0.
    public var priority: Int
    /// Default true.
    public var enabled: Bool
    /// Whether the newest tick before the scheduler first saw the entry runs at once. Default false.
    public var atStart: Bool
    /// For people. Default empty.
    public var description: String
    /// Where the entry stands in its file.
    public var line: Int

    public init(
        name: String, job: String, queue: String, cadence: Cadence, argsJSON: String = "{}", forEach: String? = nil,
        spreadMilliseconds: Int64 = 0, misfire: MisfirePolicy = .once, withinMilliseconds: Int64? = nil,
        overlap: OverlapPolicy = .skip, priority: Int = 0, enabled: Bool = true, atStart: Bool = false,
        description: String = "", line: Int = 0
    ) {
        self.name = name
        self.job = job
        self.queue = queue
        self.cadence = cadence
        self.argsJSON = argsJSON
        self.forEach = forEach
        self.spreadMilliseconds = spreadMilliseconds
        self.misfire = misfire
        self.withinMilliseconds = withinMilliseconds
        self.overlap = overlap
        self.priority = priority
        self.enabled = enabled
        self.atStart = atStart
        self.description = description
        self.line = line
    }
}

/// What becomes of ticks that passed while no scheduler ran.
public enum MisfirePolicy: String, Sendable, CaseIterable {
    /// They are counted and forgotten.
    case skip
    /// Only the newest runs.
    case once
}

/// What becomes of a tick whose previous job is still waiting or running.
public enum OverlapPolicy: String, Sendable, CaseIterable {
    case skip
    case allow
}
