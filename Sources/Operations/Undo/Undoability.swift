public import JobQueue

/// Whether a change can be taken back, as far as its entry in the operator log tells.
public enum Undoability: Sendable, Equatable {
    /// It can, if nothing has moved on since.
    case undoable
    /// It cannot: why, as a sentence.
    case not(String)

    /// - Parameter now: unix milliseconds by the clock of Redis.
    public init(of entry: OperatorLogEntry, at now: Int64) {
        if entry.id.isEmpty {
            self = .not("An earlier version of Flotilla wrote this entry.")
        } else if let undoer = entry.undoneBy {
            self = .not("It is undone, by \(undoer).")
        } else {
            self = Self.judged(entry, ActionInverse.of(entry.action).form, at: now)
        }
    }

    private static func judged(_ entry: OperatorLogEntry, _ form: ActionInverse.Form, at now: Int64) -> Undoability {
        switch form {
        case .nothing(let why): .not(why)
        case .setting, .fuse, .workerOrder: .undoable
        case .schedule: entry.before == "null" ? .not("No schedule was active before.") : .undoable
        case .jobs: jobs(entry, at: now)
        }
    }

    private static func jobs(_ entry: OperatorLogEntry, at now: Int64) -> Undoability {
        guard let kept = entry.kept, let lost = entry.lost else {
            return .not("The job had begun: its worker was asked to stop it.")
        }
        guard kept > 0, lost == 0 || ActionInverse.root(of: entry.action) != "dead.edit" else {
            return .not("Nothing of it was kept in the bin.")
        }
        guard now - entry.at < OperatorBin.retention.milliseconds else {
            return .not("The bin keeps jobs for a day, and it is older.")
        }
        return .undoable
    }
}
