import Foundation
import GRDB
import Trading

extension Ledger {
    /// Records what the exchange says about an order: its fills, the trade, the bot's position, the intent's state.
    ///
    /// Call it with no fills to make a new order visible, and again whenever more is known. Fills are stored once by
    /// their id and never changed; the trade is computed anew from all of them. Only an order of ours, which has an
    /// intent, moves a bot's position, and each fill does so once: who placed another order has counted it.
    /// - Parameters:
    ///   - botID: whose trade it is; the intent's bot when `nil`. Another bot that was given its id meanwhile gets
    ///     neither trade nor position.
    ///   - fence: the number of the job's lease; `nil` for reconciliation.
    /// - Throws: `fenced`; `intentDiffers` when the exchange's id is another than the stored one; `unreadable` when a
    ///   stored fill of the order holds no number.
    @discardableResult
    public func recordFills(
        _ fills: [FillReport], of order: OrderReport, botID: Int? = nil, jobID: String, fence: Int64?
    ) async throws(LedgerError) -> FilledOrder {
        let at = now()
        return try await write { db in
            try Ledger.recordFills(fills, of: order, botID: botID, jobID: jobID, fence: fence, db, at: at)
        }
    }

    static func recordFills(
        _ fills: [FillReport], of order: OrderReport, botID: Int?, jobID: String, fence: Int64?, _ db: Database,
        at now: Date
    ) throws -> FilledOrder {
        if let fence { try Ledger.checkFence(fence, job: jobID, db) }
        let intent = try Ledger.intent(of: order, db)
        let owner = try (botID ?? intent?.botID).flatMap { try Ledger.owner($0, of: intent, db) }
        var newFills = 0
        for fill in fills where try Ledger.insert(fill, of: order, db, at: now) { newFills += 1 }
        let sum = try FillSum(ofOrder: order.orderID, db)
        let previous = try Ledger.trade(ofOrder: order.orderID, db)
        let trade = try Ledger.upsertTrade(order, sum, owner, intent, db)
        if let intent {
            try Ledger.settle(intent, order, db, at: now)
            if let owner { try Position(botID: owner, side: order.side).apply(fills, db, at: now) }
        }
        return FilledOrder(
            newFills: newFills, trade: trade, previousStatus: previous?.status, filledSize: sum.size,
            notional: sum.notional, averagePrice: sum.averagePrice, commission: sum.commission)
    }

    /// The bot, unless its id belongs to another one by now: then the order is no bot's.
    private static func owner(_ botID: Int, of intent: IntentRecord?, _ db: Database) throws -> Int? {
        guard let created = intent?.botCreatedAt, intent?.botID == botID,
            let row = try Row.one(db, sql: "SELECT * FROM bots WHERE id = ?", arguments: [botID])
        else { return botID }
        return BotRecord(row).createdAtText == created ? botID : nil
    }

    private static func intent(of order: OrderReport, _ db: Database) throws -> IntentRecord? {
        try Row.fetchOne(
            db,
            sql: """
                SELECT * FROM order_intents WHERE client_order_id = ? OR order_id = ?
                ORDER BY client_order_id = ? DESC LIMIT 1
                """, arguments: [order.clientOrderID, order.orderID, order.clientOrderID]
        ).map { try IntentRecord($0) }
    }

    /// True when the fill was not there. One that the Python application stored before gains the exact texts.
    private static func insert(_ fill: FillReport, of order: OrderReport, _ db: Database, at now: Date) throws -> Bool
    {
        let known =
            try Row.fetchOne(db, sql: "SELECT 1 FROM raw_trades WHERE fill_id = ?", arguments: [fill.fillID]) != nil
        try db.execute(
            sql: """
                INSERT INTO raw_trades (
                    fill_id, order_id, product_id, side, size, size_in_quote, price, commission, created_at, synced_at,
                    size_text, price_text, commission_text
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (fill_id) DO UPDATE SET
                    size_text = coalesce(size_text, excluded.size_text),
                    price_text = coalesce(price_text, excluded.price_text),
                    commission_text = coalesce(commission_text, excluded.commission_text)
                """,
            arguments: [
                fill.fillID, order.orderID, order.product.rawValue, order.side.rawValue, fill.size.doubleValue,
                fill.sizeInQuote, fill.price.doubleValue, fill.commission.doubleValue, LedgerTime(fill.at).isoText,
                LedgerTime(now).text, fill.size.description, fill.price.description, fill.commission.description,
            ])
        return !known
    }

    /// The exchange has the last word on an order's state, except that a finished order is never reopened.
    private static func settle(_ intent: IntentRecord, _ order: OrderReport, _ db: Database, at now: Date) throws {
        let reopened = intent.state.isTerminal && !order.state.isTerminal
        let state = reopened || order.state == .intent ? intent.state : order.state
        try update(intent, state, orderID: order.orderID, reason: nil, db, at: now)
    }
}
