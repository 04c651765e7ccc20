import Foundation
import JobQueue
import Ledger
import Operations

/// The operator log that the ledger holds.
extension Composition {
    /// Opens the database for each question, and for writing only where a change is taken back.
    var operatorLedger: OperatorLedger {
        OperatorLedger(
            entries: { limit throws(UndoError) in
                try await ledgerLog { () throws(LedgerError) in
                    let ledger = try await ledgerToRead()
                    let entries = try await ledger.operatorLog(limit: limit)
                    try await ledger.close()
                    return entries.map { OperatorLogEntry($0) }
                }
            },
            undo: { entry, who, action throws(UndoError) in
                do {
                    let ledger = try await self.ledger()
                    let done = try await Self.undo(entry, who, action, in: ledger, at: now())
                    try await ledger.close()
                    return done
                } catch let error as UndoError {
                    throw error
                } catch {
                    throw .ledger("\(error)")
                }
            },
            undoability: { entry in
                if let undoer = entry.undoneBy { return .not("It is undone, by \(undoer).") }
                return entry.kept == 0 ? .not("The rows that it wrote are not known.") : .undoable
            })
    }

    /// - Returns: nil when there is no database with a log.
    private func ledgerLog(
        _ read: () async throws(LedgerError) -> [OperatorLogEntry]
    ) async throws(UndoError) -> [OperatorLogEntry]? {
        do throws(LedgerError) { return try await read() } catch {
            switch error {
            case .fileMissing, .folderMissing, .notMigrated: return nil
            default: throw .ledger("\(error)")
            }
        }
    }

    private static func undo(
        _ entry: OperatorLogEntry, _ who: String, _ action: String, in ledger: Ledger, at now: Date
    ) async throws -> OperatorLogEntry {
        var random = SystemRandomNumberGenerator()
        let id = OperationID.make(at: Int64((now.timeIntervalSince1970 * 1_000).rounded()), using: &random)
        switch try await ledger.undoOperation(entry.id, noting: LedgerNote(id: id, by: who, action)) {
        case .done(let done): return OperatorLogEntry(done)
        case .moved(let what): throw UndoError.moved(operation: entry.id, what: what, undone: 0)
        case .alreadyUndone(let undoer): throw UndoError.alreadyUndone(operation: entry.id, by: undoer)
        case .notUndoable:
            throw UndoError.notUndoable(operation: entry.id, why: "The rows that it wrote are not known.")
        case .missing: throw UndoError.notFound(entry.id)
        }
    }
}

extension OperatorLogEntry {
    /// The entry as the log of Redis has others.
    init(_ entry: LedgerLogEntry) {
        self.init(
            id: entry.id, at: Int64((entry.at.timeIntervalSince1970 * 1_000).rounded()), who: entry.who,
            action: entry.action, target: entry.target, why: entry.why, before: entry.before, after: entry.after,
            undoes: entry.undoes, subject: "ledger", undoneBy: entry.undoneBy, kept: entry.isUndoable ? 1 : 0)
    }
}
