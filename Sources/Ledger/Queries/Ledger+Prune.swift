public import Foundation
import GRDB

extension Ledger {
    /// Deletes history and signal predictions older than a time, in transactions of at most 1000 rows so that others
    /// can write in between. Never touches trades, fills, intents or bots. Returns the number of rows deleted.
    ///
    /// - Parameter limit: most rows to delete in one call.
    public func prune(historyOlderThan time: Date, limit: Int = 100_000) async throws(LedgerError) -> Int {
        var deleted = 0
        for table in ["bot_signal_history", "signal_predictions"] {
            while deleted < limit {
                let batch = min(1000, limit - deleted)
                let count = try await delete(from: table, olderThan: LedgerTime(time).text, atMost: batch)
                deleted += count
                if count < batch { break }
            }
        }
        return deleted
    }

    private func delete(from table: String, olderThan time: String, atMost limit: Int) async throws(LedgerError)
        -> Int
    {
        try await write { db in
            try db.execute(
                sql: """
                    DELETE FROM \(table) WHERE id IN (
                        SELECT id FROM \(table) WHERE timestamp < ? ORDER BY timestamp LIMIT ?
                    )
                    """, arguments: [time, limit])
            return db.changesCount
        }
    }
}
