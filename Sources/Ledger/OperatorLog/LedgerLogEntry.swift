public import Foundation
import GRDB

/// One change that an operator made in the ledger.
public struct LedgerLogEntry: Sendable, Equatable {
    /// The operation's id.
    public let id: String
    /// By the clock of the program that made the change.
    public let at: Date
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What was done, and to what.
    public let action, target: String
    /// The operator's own words; empty when none were given.
    public let why: String
    /// JSON text of what was there, and of what is.
    public let before, after: String
    /// The entry that this change has taken back; nil for a change of its own.
    public let undoes: String?
    /// The entry that has taken this one back and was not taken back itself.
    public internal(set) var undoneBy: String?
    /// Whether the rows that were written are known.
    public let isUndoable: Bool

    init(_ row: Row, undoneBy: String?) {
        id = row.text("id") ?? ""
        at = row.time("at") ?? .distantPast
        who = row.text("who") ?? ""
        action = row.text("action") ?? ""
        target = row.text("target") ?? ""
        why = row.text("why") ?? ""
        before = row.text("before") ?? "null"
        after = row.text("after") ?? "null"
        undoes = row.text("undoes")
        self.undoneBy = undoneBy
        isUndoable = row.text("changes") != nil
    }
}

/// What became of a request to take a change back.
public enum LedgerUndo: Sendable, Equatable {
    /// It is as before; the entry that says so.
    case done(LedgerLogEntry)
    /// Something is other by now than the change left it, as a clause; nothing was written.
    case moved(String)
    /// That entry has taken it back; nothing was written.
    case alreadyUndone(by: String)
    /// The rows that the change wrote are not known.
    case notUndoable
    /// No entry has this id.
    case missing
}
