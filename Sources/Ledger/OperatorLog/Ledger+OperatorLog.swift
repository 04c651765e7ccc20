import Foundation
import GRDB

/// What operators changed here, and taking it back.
extension Ledger {
    /// The newest entries, newest first.
    /// - Parameter limit: at most so many.
    public func operatorLog(limit: Int) async throws(LedgerError) -> [LedgerLogEntry] {
        try await read { db in
            let undoers = try Ledger.undoers(db)
            return try Row.fetchAll(
                db, sql: "SELECT * FROM operator_log ORDER BY rowid DESC LIMIT ?", arguments: [limit]
            ).map { LedgerLogEntry($0, undoneBy: undoers[$0.text("id") ?? ""]) }
        }
    }

    /// Makes the rows that an operator's change wrote as they were before, all of them or none, and notes it.
    /// - Parameters:
    ///   - id: of the entry whose change is taken back.
    ///   - note: who does so, and what that is called.
    public func undoOperation(_ id: String, noting note: LedgerNote) async throws(LedgerError) -> LedgerUndo {
        let at = now()
        return try await write { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM operator_log WHERE id = ?", arguments: [id])
            else { return .missing }
            if let undoer = try Ledger.undoers(db)[id] { return .alreadyUndone(by: undoer) }
            let entry = LedgerLogEntry(row, undoneBy: nil)
            let text = row.text("changes") ?? ""
            guard let changes = try? JSONDecoder().decode([RowChange].self, from: Data(text.utf8)) else {
                return .notUndoable
            }
            for change in changes {
                if let obstacle = try change.obstacle(db) { return .moved(obstacle) }
            }
            for change in changes.reversed() { try change.takeBack(db) }
            let inverse = changes.reversed().map(\.inverted)
            try Ledger.add(
                note, entry.target, before: entry.after, after: entry.before, inverse, undoes: id, db, at: at)
            guard let done = try Row.fetchOne(db, sql: "SELECT * FROM operator_log WHERE id = ?", arguments: [note.id])
            else { return .missing }
            return .done(LedgerLogEntry(done, undoneBy: nil))
        }
    }

    /// Entry → the entry that has taken it back and was not taken back itself.
    private static func undoers(_ db: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, undoes FROM operator_log WHERE undoes IS NOT NULL ORDER BY rowid DESC")
        var undoers: [String: String] = [:]
        // What has undone an entry is newer, so it comes before it.
        for row in rows {
            guard let id = row.text("id"), let undone = row.text("undoes"), undoers[id] == nil else { continue }
            undoers[undone] = undoers[undone] ?? id
        }
        return undoers
    }

    private static let logLimit = 10_000

    /// Adds an entry in the transaction of its change.
    /// - Parameter changes: the rows that were written; nil when the change cannot be taken back.
    static func add(
        _ note: LedgerNote, _ target: String, before: String, after: String, _ changes: [RowChange]?,
        undoes: String? = nil, _ db: Database, at now: Date
    ) throws {
        let text = try changes.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try db.execute(
            sql: """
                INSERT INTO operator_log (id, at, who, action, target, why, before, after, undoes, changes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                note.id, LedgerTime(now).text, note.who, note.action, String(target.prefix(400)), note.why, before,
                after, undoes, text,
            ])
        try db.execute(
            sql: "DELETE FROM operator_log WHERE rowid <= (SELECT max(rowid) FROM operator_log) - ?",
            arguments: [logLimit])
    }

    /// The entry of a change of one bot.
    static func add(
        _ note: LedgerNote?, before: KeptBot?, after: KeptBot?, _ changes: [RowChange]?, _ db: Database, at now: Date
    ) throws {
        guard let note, let bot = after ?? before else { return }
        try add(
            note, "bot \(bot.id) '\(bot.name)'", before: before.map(note.describe) ?? "null",
            after: after.map(note.describe) ?? "null", changes, db, at: now)
    }
}
