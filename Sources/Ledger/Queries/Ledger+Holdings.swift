import GRDB
public import Trading

/// What is held, by the fills?
extension Ledger {
    /// What all recorded fills of a product add up to.
    /// - Throws: `unreadable` when one of them holds no number.
    public func holding(of product: ProductID) async throws(LedgerError) -> Holding {
        try await read { db in
            try Holding(
                Row.fetchAll(
                    db, sql: "SELECT * FROM raw_trades WHERE product_id = ? ORDER BY created_at, id",
                    arguments: [product.rawValue]
                ).map { try RawTradeRecord($0) })
        }
    }

    /// What the recorded fills of a bot's orders add up to. A bot trades one product.
    /// - Throws: `unreadable` when one of them holds no number.
    public func holding(ofBot id: Int) async throws(LedgerError) -> Holding {
        try await read { try Holding(Ledger.fills(ofBot: id, $0)) }
    }

    static func fills(ofBot id: Int, _ db: Database) throws -> [RawTradeRecord] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT raw_trades.* FROM trades JOIN raw_trades ON raw_trades.order_id = trades.order_id
                WHERE trades.bot_id = ?
                ORDER BY raw_trades.created_at, raw_trades.id
                """, arguments: [id]
        ).map { try RawTradeRecord($0) }
    }
}
