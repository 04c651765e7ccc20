public import JobQueue

/// What became of a run of ticks that ended alike: `schedule history`.
public struct TickDocument: Encodable, Sendable {
    let tick: String
    let nominalAt, firstAt: DocumentTime
    let count: Int
    let dueAt, at: DocumentTime
    let epoch: Int
    let outcome: String
    @OrNull var reason: String?
    @OrNull var detail: String?
    let jobs: Int
    @OrNull var job: String?
    /// Names of entities, as the lists that follow.
    let overlap, paused, exists, added, removed: [String]

    /// - Parameter entry: the name under which the record was found.
    public init(_ record: TickRecord, of entry: String) {
        tick = "\(entry)@\(record.nominal)"
        nominalAt = DocumentTime(record.nominal)
        firstAt = DocumentTime(record.first)
        count = record.count
        dueAt = DocumentTime(record.due)
        at = DocumentTime(record.at)
        epoch = record.epoch
        outcome = record.outcome.rawValue
        reason = record.reason
        detail = record.detail
        jobs = record.jobs
        job = record.job
        overlap = record.overlap ?? []
        paused = record.paused ?? []
        exists = record.exists ?? []
        added = record.added ?? []
        removed = record.removed ?? []
    }

    enum CodingKeys: String, CodingKey {
        case tick
        case nominalAt = "nominal_at"
        case firstAt = "first_at"
        case count
        case dueAt = "due_at"
        case at, epoch, outcome, reason, detail, jobs, job, overlap, paused, exists, added, removed
    }
}
