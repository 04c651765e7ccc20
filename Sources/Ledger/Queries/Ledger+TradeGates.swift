public import Foundation
import GRDB
public import Trading

/// What did a bot do last? The questions that stand between a signal and an order.
extension Ledger {
    /// All that `ActionGate` asks about a bot, from one moment.
    ///
    /// - Parameters:
    ///   - jobID: the evaluation that asks; its own row, left by an earlier run, does not count as the previous one.
    ///   - at: the evaluation's time.
    public func gateRecord(
        of bot: Bot, forJob jobID: String, at time: Date
    ) async throws(LedgerError) -> ActionGate.Record {
        let window = (TimeInterval(bot.confirmationMinutes) + 5) * 60
        return try await read { db in
            let previous = try Ledger.lastAction(botID: bot.id, since: time - window, notJob: jobID, db)
            let isOrdering = try Ledger.unsettledIntents(botID: bot.id, db).isEmpty == false
            return ActionGate.Record(
                previousAction: previous?.action,
                confirmationStart: try Row.one(db, sql: "SELECT * FROM bots WHERE id = ?", arguments: [bot.id])
                    .flatMap { BotRecord($0).confirmationStart },
                lastFillAt: try Ledger.latestFill(botID: bot.id, db)?.filledAt,
                lastTradePrice: try Ledger.lastTradePrice(botID: bot.id, db),
                hasOpenOrder: try isOrdering
                    || !Ledger.openOrders(botID: bot.id, db).isEmpty)
        }
    }

    /// The bot's newest trade that moved money, by the time of its fill: the cooldown counts from it.
    public func latestFill(botID: Int) async throws(LedgerError) -> TradeRecord? {
        try await read { try Ledger.latestFill(botID: botID, $0) }
    }

    /// The price of the bot's newest filled trade, by creation: the price step counts from it. `nil` lets any pass.
    ///
    /// Of the exact fills where they are recorded; else of the FLOAT.
    public func lastTradePrice(botID: Int) async throws(LedgerError) -> Amount? {
        try await read { try Ledger.lastTradePrice(botID: botID, $0) }
    }

    /// The bot's trades that the exchange may still fill, newest first. Another one may not begin meanwhile.
    public func openOrders(botID: Int) async throws(LedgerError) -> [TradeRecord] {
        try await read { try Ledger.openOrders(botID: botID, $0) }
    }

    /// The bot's newest evaluation, none older than `since`: confirmation asks whether its action was the same.
    public func lastAction(botID: Int, since: Date) async throws(LedgerError) -> SignalRecord? {
        try await read { try Ledger.lastAction(botID: botID, since: since, notJob: "", $0) }
    }

    static func latestFill(botID: Int, _ db: Database) throws -> TradeRecord? {
        try Row.one(
            db,
            sql: """
                SELECT * FROM trades
                WHERE bot_id = ? AND lower(status) IN ('filled', 'completed') AND filled_at IS NOT NULL
                ORDER BY filled_at DESC, id DESC LIMIT 1
                """, arguments: [botID]
        ).map { TradeRecord($0) }
    }

    static func lastTradePrice(botID: Int, _ db: Database) throws -> Amount? {
        let row = try Row.one(
            db,
            sql: """
                SELECT * FROM trades WHERE bot_id = ? AND lower(status) IN ('filled', 'completed')
                ORDER BY created_at DESC, id DESC LIMIT 1
                """, arguments: [botID])
        guard let row else { return nil }
        let fills = try row.text("order_id").map { try FillSum(ofOrder: $0, db) }
        return try fills?.averagePrice ?? row.amount(float: "price")
    }

    static func openOrders(botID: Int, _ db: Database) throws -> [TradeRecord] {
        try Row.all(
            db,
            sql: """
                SELECT * FROM trades
                WHERE bot_id = ? AND lower(status) IN ('pending', 'open', 'active') AND order_id IS NOT NULL
                ORDER BY created_at DESC, id DESC
                """, arguments: [botID]
        ).map { TradeRecord($0) }
    }

    static func lastAction(
        botID: Int, since: Date, notJob jobID: String, _ db: Database
    ) throws -> SignalRecord? {
        try Row.one(
            db,
            sql: """
                SELECT * FROM bot_signal_history WHERE bot_id = ? AND timestamp >= ? AND job_id IS NOT ?
                ORDER BY timestamp DESC, id DESC LIMIT 1
                """, arguments: [botID, LedgerTime(since).text, jobID]
        ).map { SignalRecord($0) }
    }
}
