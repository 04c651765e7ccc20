public import JobQueue

/// A whole schedule file, checked: rate limits, circuits, queues, worker pools, schedules.
///
/// Its parts are of the types that workers, limits and circuits use. Each list is sorted by name, and no part says
/// where it stood, so two files that mean the same are equal.
public struct ScheduleFile: Sendable, Equatable {
    /// The zone of every cron entry that names none. Default UTC.
    public var timezone: String = "UTC"
    /// Which edits of the file in its place wait until a person applies them. Default `risky`.
    public var review = ReviewPolicy.risky
    /// The token buckets under `limits`.
    public var limits: [TokenBucket] = []
    /// The circuits under `circuits`.
    public var circuits: [CircuitRules] = []
    /// The queues under `queues`; entries and pools may name no others.
    public var queues: [QueueRules] = []
    /// The worker pools under `pools`.
    public var pools: [WorkerPool] = []
    /// What the file and its pools say of Celery.
    public var celery = CeleryRules()
    /// The entries under `schedules`, disabled ones included.
    public var schedules: [ScheduleEntry] = []
    /// What holds all the same, and should be mended, in order of line and column.
    public var warnings: [ScheduleFileProblem] = []

    /// A file without entries, in UTC: nothing ticks.
    public init() {}
}
