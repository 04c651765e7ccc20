public import JobQueue

/// A change that an operator made: `operations log`.
public struct OperatorLogEntryDocument: Encodable, Sendable {
    let at: DocumentTime
    let who, action, target, why: String
    let before, after: RawJSON

    /// Takes all of it.
    public init(_ entry: OperatorLogEntry) {
        at = DocumentTime(entry.at)
        who = entry.who
        action = entry.action
        target = entry.target
        why = entry.why
        before = RawJSON(entry.before)
        after = RawJSON(entry.after)
    }
}
