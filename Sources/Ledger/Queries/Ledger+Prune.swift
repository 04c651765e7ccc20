public import Foundation
import GRDB

extension Ledger {
    /// Tables whose rows age, each with the column of their time. Trades, fills, intents and bots are kept for ever.
    private static let ageing = [
        (table: "bot_signal_history", time: "timestamp"), ("signal_predictions", "timestamp"),
        ("market_data", "timestamp"), ("trend_data", "timestamp"), ("intelligence_metrics", "timestamp"),
        ("error_log", "created_at"),
    ]

    /// Deletes rows older than a time: history, predictions, copies of market data, trends, metrics and logged errors;
    /// in transactions of at most 1000 rows, so that others can write in between. Rows without a time stay.
    ///
    /// - Parameter limit: most rows to delete in one call.
    /// - Returns: the number of rows deleted, by table; tables without any are left out.
    public func prune(olderThan time: Date, limit: Int = 200_000) async throws(LedgerError) -> [String: Int] {
        var deleted: [String: Int] = [:]
        var left = limit
        for (table, column) in Self.ageing {
            while left > 0 {
                let batch = min(1000, left)
                let count = try await delete(from: table, column, olderThan: LedgerTime(time).text, atMost: batch)
                if count > 0 { deleted[table, default: 0] += count }
                left -= count
                if count < batch { break }
            }
        }
        return deleted
    }

    private func delete(
        from table: String, _ column: String, olderThan time: String, atMost limit: Int
    ) async throws(LedgerError) -> Int {
        try await write { db in
            try db.execute(
                sql: """
                    DELETE FROM \(table) WHERE rowid IN (
                        SELECT rowid FROM \(table) WHERE \(column) < ? ORDER BY \(column) LIMIT ?
                    )
                    """, arguments: [time, limit])
            return db.changesCount
        }
    }
}
