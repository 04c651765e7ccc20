import GRDB

extension Ledger {
    /// Trades that the exchange may still fill, with an order's id or not yet, the newest first; at most 1000.
    /// - Parameter botID: only those of one bot.
    public func openTrades(ofBot botID: Int? = nil) async throws(LedgerError) -> [TradeRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM trades
                    WHERE lower(status) IN ('pending', 'open', 'active') AND (?1 IS NULL OR bot_id = ?1)
                    ORDER BY created_at DESC, id DESC LIMIT 1000
                    """, arguments: [botID]
            ).map { TradeRecord($0) }
        }
    }
}
