public import JobQueue
public import ScheduleConfiguration

/// Makes up for ticks that were handled without enqueueing anything, each once.
public struct Backfill: Sendable {
    private let entry: ScheduleEntry
    /// Of a fan-out, at this moment.
    private let entities: [String]?
    /// Only this one's jobs.
    private let entity: String?
    private let broker: Broker

    /// Ticks of one window at most.
    public static let limit = 1_000

    /// - Parameters:
    ///   - entities: those of a fan-out at this moment; nil without one.
    ///   - entity: the one whose jobs alone are made up for; nil for all.
    public init(entry: ScheduleEntry, entities: [String]?, entity: String? = nil, broker: Broker) {
        self.entry = entry
        self.entities = entities
        self.entity = entity
        self.broker = broker
    }

    /// The nominal times of a stretch, both ends included, of which nothing says that they were enqueued, oldest first.
    ///
    /// Only what the history tells is made up for: a time that no record covers may have run.
    /// - Parameter policy: `once` for the newest, `all` for the newest `misfire_max`; nil for every one, up to `limit`.
    public func missed(
        from start: Int64, through end: Int64, policy: EntryPause.CatchUp? = nil
    ) async throws(JobQueueError) -> [Int64] {
        guard policy != .skip, start <= end else { return [] }
        let history = try await broker.schedules.tickHistory(of: entry.name, in: [try QueueName(entry.queue)])
        let records = history.records.filter { $0.nominal >= start && $0.first <= end }
        var ran: Set<Int64> = []
        for record in records where record.count == 1 && record.ran(entity) { ran.insert(record.nominal) }
        var missed: Set<Int64> = []
        for record in records
        where !record.ran(entity) && record.reason != "window" && record.outcome != .clockCorrected {
            for time in entry.ticks(
                after: max(record.first, start) - 1, through: min(record.nominal, end), limit: Self.limit)
            where !ran.contains(time) && entry.closedBecause(at: time) == nil { missed.insert(time) }
        }
        let times = missed.sorted()
        switch policy {
        case .once: return Array(times.suffix(1))
        case .all: return Array(times.suffix(entry.misfireMax))
        case .skip, nil: return Array(times.prefix(Self.limit))
        }
    }

    /// Enqueues the jobs of one nominal time, unless that has been done.
    public func enqueue(_ nominal: Int64) async throws(JobQueueError) -> TickResult {
        var tick = Tick(
            entry: entry.name, nominalMilliseconds: nominal, queue: try QueueName(entry.queue), outcome: .backfill)
        tick.overlap = .allow
        if let entity { tick.id += "#\(entity)" }
        tick.members = try TickJobFactory(entry: entry).members(
            nominal: nominal, entities: entity.map { [$0] } ?? entities)
        return try await broker.schedules.tick(tick, epoch: 0)
    }
}
