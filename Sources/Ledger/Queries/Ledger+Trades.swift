import GRDB

/// Which trades and fills are there?
extension Ledger {
    /// Trades that the exchange may still fill, oldest first: what reconciliation asks about.
    public func pendingTrades() async throws(LedgerError) -> [TradeRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM trades WHERE lower(status) IN ('pending', 'open', 'active') AND order_id IS NOT NULL
                    ORDER BY created_at, id
                    """
            ).map { TradeRecord($0) }
        }
    }

    /// The newest trades first, at most `limit`; of one bot, or of all.
    public func trades(botID: Int? = nil, limit: Int) async throws(LedgerError) -> [TradeRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM trades WHERE ?1 IS NULL OR bot_id = ?1
                    ORDER BY created_at DESC, id DESC LIMIT ?2
                    """, arguments: [botID, limit]
            ).map { TradeRecord($0) }
        }
    }

    /// The newest fills first, at most `limit`.
    /// - Throws: `unreadable` when one of them holds no number.
    public func rawTrades(limit: Int) async throws(LedgerError) -> [RawTradeRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM raw_trades ORDER BY created_at DESC, id DESC LIMIT ?", arguments: [limit]
            ).map { try RawTradeRecord($0) }
        }
    }
}
