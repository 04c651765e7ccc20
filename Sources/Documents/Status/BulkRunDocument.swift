public import JobQueue

/// A change of many jobs that goes in steps: `operations watch`, `operations abort`.
public struct BulkRunDocument: Encodable, Sendable {
    let id, who, action, target, state: String
    let total, done, failed: Int
    let begunAt, seenAt: DocumentTime
    @OrNull var abortedBy: String?

    /// Takes all of it.
    public init(_ run: BulkRun) {
        id = run.id
        who = run.who
        action = run.action
        target = run.target
        state = run.state.rawValue
        total = run.total
        done = run.done
        failed = run.failed
        begunAt = DocumentTime(run.begun)
        seenAt = DocumentTime(run.seen)
        abortedBy = run.abortedBy
    }

    enum CodingKeys: String, CodingKey {
        case id, who, action, target, state, total, done, failed
        case begunAt = "begun_at"
        case seenAt = "seen_at"
        case abortedBy = "aborted_by"
    }
}
