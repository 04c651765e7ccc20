import Foundation
import GRDB

extension Ledger {
    /// Takes a bot whose configuration is refused out of trading, with the reason in `error_log`.
    ///
    /// A bot that is in ERROR already keeps its first reason. A stopped bot goes to ERROR too.
    /// - Throws: `noSuchBot`.
    public func markBotError(_ botID: Int, reason: String) async throws(LedgerError) {
        let at = now()
        try await write { db in
            try db.execute(
                sql: """
                    UPDATE bots SET status = 'ERROR', updated_at = ?, signal_confirmation_start = NULL
                    WHERE id = ? AND status IS NOT 'ERROR'
                    """,
                arguments: [LedgerTime(at).text, botID])
            guard db.changesCount == 0 else {
                try Ledger.forgetFault(ofBot: botID, db)
                let entry = ErrorEntry(
                    source: "bot", type: "InvalidConfiguration", message: reason, botID: botID)
                return try entry.insert(db, at: at)
            }
            guard try Row.fetchOne(db, sql: "SELECT 1 FROM bots WHERE id = ?", arguments: [botID]) != nil else {
                throw LedgerError.noSuchBot(id: botID)
            }
        }
    }
}
