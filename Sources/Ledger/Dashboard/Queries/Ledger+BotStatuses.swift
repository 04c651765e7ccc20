import Foundation
import GRDB

/// What do pages show of bots and products? Reads only; nothing here decides.
extension Ledger {
    /// All bots by id, in one view of the file.
    public func botStatuses() async throws(LedgerError) -> [BotStatusRecord] {
        try await read { db in
            let bots = try Row.all(db, sql: "SELECT * FROM bots ORDER BY id", arguments: [])
                .map { (BotRecord($0), KeptBot($0)) }
            let evaluations = try Ledger.byBot(db, "SELECT * FROM bot_evaluations") { EvaluationRecord($0) }
            let lastTrades = try Ledger.byBot(db, Ledger.newestTrades) { LastTradeRecord($0) }
            let fills = try Ledger.byBot(db, Ledger.filledTrades) { ($0.time("filled_at"), $0.number("held") ?? 0) }
            let trends = try Ledger.trends(db)
            return bots.map { bot, kept in
                let evaluation = evaluations[bot.id].flatMap { $0.botCreatedAtText == bot.createdAtText ? $0 : nil }
                return BotStatusRecord(
                    bot: bot, kept: kept, evaluation: evaluation, lastTrade: lastTrades[bot.id],
                    lastFillAt: fills[bot.id]?.0, heldBase: fills[bot.id]?.1 ?? 0, trend: trends[bot.pair])
            }
        }
    }

    /// The stored trends of products, by product; those without one are missing.
    public func trends(of products: Set<String>) async throws(LedgerError) -> [String: TrendRecord] {
        try await read { try Ledger.trends($0).filter { products.contains($0.key) } }
    }

    /// A bot's evaluations, the newest first, at most `limit`.
    public func signalHistory(ofBot id: Int, limit: Int) async throws(LedgerError) -> [SignalRecord] {
        try await read { db in
            try Row.all(
                db,
                sql: """
                    SELECT * FROM bot_signal_history WHERE bot_id = ? ORDER BY timestamp DESC, id DESC LIMIT ?
                    """, arguments: [id, limit]
            ).map { SignalRecord($0) }
        }
    }

    private static let newestTrades = """
        SELECT trades.* FROM bots JOIN trades ON trades.id = (
            SELECT id FROM trades WHERE bot_id = bots.id ORDER BY created_at DESC, id DESC LIMIT 1
        )
        """

    /// Only trades that moved money, whatever the case of their words; a side that is none counts for nothing.
    private static let filledTrades = """
        SELECT bot_id, max(filled_at) AS filled_at, sum(
            CASE lower(side) WHEN 'buy' THEN 1.0 WHEN 'sell' THEN -1.0 ELSE 0.0 END
            * CASE WHEN size_in_quote AND price > 0 THEN size / price ELSE size END
        ) AS held
        FROM trades WHERE bot_id IS NOT NULL AND lower(status) IN ('filled', 'completed')
        GROUP BY bot_id
        """

    private static func byBot<Value>(_ db: Database, _ sql: String, _ value: (Row) -> Value) throws -> [Int: Value] {
        var values: [Int: Value] = [:]
        for row in try Row.all(db, sql: sql, arguments: []) {
            if let id = row.integer("bot_id") { values[id] = value(row) }
        }
        return values
    }

    private static func trends(_ db: Database) throws -> [String: TrendRecord] {
        let rows = try Row.all(db, sql: "SELECT * FROM trend_data ORDER BY timestamp", arguments: [])
        return Dictionary(rows.map { TrendRecord($0) }.map { ($0.productID, $0) }, uniquingKeysWith: { $1 })
    }
}
