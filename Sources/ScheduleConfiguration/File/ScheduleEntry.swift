public import JobQueue
public import Time

/// One entry under `schedules`: which job is enqueued when, and what becomes of ticks that cannot run.
public struct ScheduleEntry: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit. Its ticks are remembered under it, and job ids
    /// begin with it.
    public var name: String
    /// The name it had before; its last tick, history, pauses and live jobs are taken over. Default: none.
    public var renamedFrom: String?
    /// The kind of job.
    public var job: String
    /// Default: the kind's own.
    public var queue: String
    /// When it ticks: at an interval, or by a cron expression in a zone.
    public var cadence: Cadence
    /// When it ticks at all, and when its ticks count. Default: always.
    public var hours = ActiveWindow()
    /// A JSON object, keys sorted, numbers as they were written. Default `{}`.
    public var argsJSON: String
    /// The entities of which each gets its own job. Default: one job a tick.
    public var forEach: ForEach?
    /// Each tick, or each entity's job, is delayed by a stable share of this (`SpreadOffset`). Default 0.
    public var spreadMilliseconds: Int64
    /// Each job is delayed by a share of this that changes from tick to tick and follows from its id, so plans and
    /// simulations are exact. Default 0.
    public var jitterMilliseconds: Int64 = 0
    /// Default: the kind's own.
    public var misfire: MisfirePolicy
    /// With `misfire: all`, how many missed ticks run, the newest; 1 to 100.
    public var misfireMax = Self.defaultMax
    /// How old a missed tick may be and still run. Default: any age.
    public var withinMilliseconds: Int64?
    /// Default `skip`.
    public var overlap: OverlapPolicy
    /// With `overlap: queue-all`, how many jobs wait at most, of the entry or of one entity; 1 to 100.
    public var overlapMax = Self.defaultMax
    /// The entry, or one entity of it, is paused when so many of its jobs in a row have died; 1 to 100. Default: never.
    public var pauseAfterFailures: Int?
    /// 0 to 9, 9 first. Default 0.
    public var priority: Int
    /// Default true.
    public var enabled: Bool
    /// Whether the newest tick before the scheduler first saw the entry runs at once. Default false.
    public var atStart: Bool
    /// For people. Default empty.
    public var description: String

    /// Of `misfire_max` and `overlap_max`.
    public static let defaultMax = 10

    /// The defaults are those of the file, but for `queue` and `misfire`, which the file takes from the kind. Checks
    /// nothing.
    public init(
        name: String, job: String, queue: String, cadence: Cadence, argsJSON: String = "{}", forEach: ForEach? = nil,
        spreadMilliseconds: Int64 = 0, misfire: MisfirePolicy = .once, withinMilliseconds: Int64? = nil,
        overlap: OverlapPolicy = .skip, priority: Int = 0, enabled: Bool = true, atStart: Bool = false,
        description: String = ""
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
    }

    /// The arguments of the entry's job, a JSON object; with a fan-out, of the job of one entity.
    /// - Parameter entity: empty without a fan-out.
    public func arguments(of entity: String) -> String {
        guard let forEach, !entity.isEmpty else { return argsJSON }
        let isNumber = Int64(entity).map { String($0) == entity } ?? false
        let own = "\"\(forEach.argument)\":" + (isNumber ? entity : "\"\(entity)\"")
        let inner = argsJSON.dropFirst().dropLast()
        return inner.allSatisfy(\.isWhitespace) ? "{\(own)}" : "{\(own),\(inner)}"
    }
}

/// What becomes of ticks that passed while no scheduler ran.
public enum MisfirePolicy: String, Sendable, CaseIterable {
    /// They are recorded and forgotten.
    case skip
    /// Only the newest runs.
    case once
    /// The newest `misfire_max` run, oldest first; those before them are recorded.
    case all
}

/// What becomes of a tick whose previous job, of the same entry and entity, has not ended.
public typealias OverlapPolicy = TickOverlap

/// Where the entities of a fan-out come from, and how a job is told which one is its own.
public struct ForEach: Sendable, Equatable {
    /// Where the names of the entities come from.
    public enum Source: Sendable, Equatable {
        /// Those that a source of this name gives when the tick comes.
        case named(String)
        /// These, always.
        case list([String])
    }

    /// Asked at each tick, unless it is a list.
    public var source: Source
    /// The key of the job's arguments that holds the entity: a number where the entity is one, else a text.
    public var argument: String

    /// Checks nothing.
    public init(_ source: Source, argument: String = "entity") {
        self.source = source
        self.argument = argument
    }

    /// Jobs of one tick at most; more are refused, not cut off.
    public static let limit = 1_000
}
