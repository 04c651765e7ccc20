public import JobQueue
public import ScheduleConfiguration

/// The jobs that an entry of the schedule means.
public struct TickJobFactory: Sendable {
    private let entry: ScheduleEntry

    /// Pure: makes jobs and enqueues none.
    public init(entry: ScheduleEntry) { self.entry = entry }

    /// - Parameters:
    ///   - id: the tick's, or nil for a run out of turn.
    ///   - entity: of a fan-out; its name is part of the arguments.
    /// - Throws: `JobQueueError` when the arguments are too large.
    public func job(id: String?, entity: String = "") throws(JobQueueError) -> NewJob {
        var job = NewJob(
            kind: try JobKind(entry.job), queue: try QueueName(entry.queue),
            payload: try JobPayload(json: entry.arguments(of: entity)))
        if let id { job.id = try JobID(id) }
        job.priority = entry.priority
        job.options.schedule = entry.name
        return job
    }

    /// The members of one tick: one without a fan-out, else one for each entity, each at its own time.
    public func members(nominal: Int64, entities: [String]?) throws(JobQueueError) -> [Tick.Member] {
        let tick = "\(entry.name)@\(nominal)"
        var members: [Tick.Member] = []
        members.reserveCapacity(entities?.count ?? 1)
        for entity in entities ?? [""] {
            var job = try job(id: entity.isEmpty ? tick : "\(tick)#\(entity)", entity: entity)
            job.options.tick = tick
            job.options.nominalMilliseconds = nominal
            let due = entry.due(nominal: nominal, entity: entity)
            if due > nominal { job.start = .at(milliseconds: due) }
            members.append(Tick.Member(entity: entity, job: job))
        }
        return members
    }
}
