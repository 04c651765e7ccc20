public import JobQueue

/// Why a change is not taken back; nothing was changed, unless it says so.
public enum UndoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No entry of the operator log has this id.
    case notFound(String)
    /// The beginning of several ids.
    case ambiguous(String, [String])
    /// It never can be, or not any more: why, as a sentence.
    case notUndoable(operation: String, why: String)
    /// It was undone before, by that operation.
    case alreadyUndone(operation: String, by: String)
    /// What the change left is something else by now; `undone` entries of the operation were undone before that.
    case moved(operation: String, what: String, undone: Int)
    /// Redis failed.
    case queue(JobQueueError)
    /// The ledger failed: its own sentences.
    case ledger(String)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .notFound(let id): "No operation '\(PlainText.line(id))' is in the log. See 'flotilla operations log'."
        case .ambiguous(let id, let all):
            "'\(PlainText.line(id))' is the beginning of several operations: \(all.prefix(5).joined(separator: ", ")). "
                + "Give more of the one you mean."
        case .notUndoable(let operation, let why): "\(operation) cannot be undone. \(why)"
        case .alreadyUndone(let operation, let undoer):
            "\(operation) is undone already, by \(undoer). 'flotilla operations undo \(undoer)' does it again."
        case .moved(let operation, let what, let undone):
            "\(operation) was not undone, because things have moved on since: \(what)."
                + (undone > 0 ? " \(undone) other parts of it were undone." : " Nothing was changed.")
        case .queue(let error): "\(error)"
        case .ledger(let text): text
        }
    }
}
