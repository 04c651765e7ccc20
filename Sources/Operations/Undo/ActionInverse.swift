import JobQueue

/// How actions of operators are taken back. An action that the table does not name cannot be.
public struct ActionInverse: Sendable {
    /// What takes a change back.
    enum Form: Sendable {
        /// A hash gets the values that it had. Nil for an entry that does not tell them.
        case setting(@Sendable (OperatorLogEntry, QueueKeys, _ now: Int64) -> SettingChange?)
        /// A fuse that was added goes, and one that was removed comes back.
        case fuse
        /// A worker is told what it had been told before.
        case workerOrder
        /// Jobs go back to where they were.
        case jobs
        /// The version of the schedule that was active before is stored again.
        case schedule
        /// Nothing does: why, as a sentence.
        case nothing(String)
    }

    let actions: [String]
    let form: Form

    /// Each row is of one file, or of one line.
    private static let all: [ActionInverse] = [
        .queuePause, .entryPause, .limit, .circuit, .schedule, .jobs, .enqueueing, .bulk,
        .scale, .fuse, .workerOrder, .workerStop, .restart, .halt, .resumption, .flatten,
    ]

    private static let rows = Dictionary(
        all.flatMap { inverse in inverse.actions.map { ($0, inverse) } }, uniquingKeysWith: { $1 })

    /// The row of an action, whether it was done, undone or done again.
    static func of(_ action: String) -> ActionInverse {
        let root = root(of: action)
        return rows[root]
            ?? ActionInverse(actions: [root], form: .nothing("There is nothing that takes '\(root)' back."))
    }

    private static let undo = "undo ", redo = "redo "

    /// The action itself, of one that is called `undo …` or `redo …`.
    static func root(of action: String) -> String {
        for word in [undo, redo] where action.hasPrefix(word) { return String(action.dropFirst(word.count)) }
        return action
    }

    /// What the action that takes this one back is called.
    static func name(takingBack action: String) -> String {
        (action.hasPrefix(undo) ? redo : undo) + root(of: action)
    }
}
