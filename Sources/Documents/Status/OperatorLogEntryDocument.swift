public import JobQueue

/// A change that an operator made: `operations log`.
public struct OperatorLogEntryDocument: Encodable, Sendable {
    let id: String
    let at: DocumentTime
    let who, action, target, why: String
    let before, after: RawJSON
    /// The entry that this one has taken back, and the one that has taken this one back.
    @OrNull var undoes: String?
    @OrNull var undoneBy: String?
    let undoable: Bool
    /// Why it cannot be undone.
    @OrNull var reason: String?

    /// Takes all of it.
    /// - Parameter obstacle: why it cannot be undone; nil when it can, if nothing has moved on.
    public init(_ entry: OperatorLogEntry, obstacle: String?) {
        id = entry.id
        at = DocumentTime(entry.at)
        who = entry.who
        action = entry.action
        target = entry.target
        why = entry.why
        before = RawJSON(entry.before)
        after = RawJSON(entry.after)
        undoes = entry.undoes
        undoneBy = entry.undoneBy
        undoable = obstacle == nil
        reason = obstacle
    }

    enum CodingKeys: String, CodingKey {
        case id, at, who, action, target, why, before, after, undoes
        case undoneBy = "undone_by"
        case undoable, reason
    }
}
