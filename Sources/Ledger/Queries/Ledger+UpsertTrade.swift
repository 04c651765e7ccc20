import Foundation
import GRDB
import Trading

extension Ledger {
    /// Makes the row of `trades` say what the fills say. A row that the Python application wrote keeps its bot, scores
    /// and creation time; a trade that is finished is not reopened by a late answer.
    static func upsertTrade(
        _ order: OrderReport, _ sum: FillSum, _ botID: Int?, _ intent: IntentRecord?, _ db: Database
    ) throws -> TradeRecord {
        let status = TradeStatus(order.state, hasFills: sum.size.isPositive)
        // Before there are fills: what was ordered, since the Python application cannot read NULL here. Its own
        // estimates stay.
        let hasFills = sum.size.isPositive
        let size = hasFills ? sum.size : intent?.intent.baseSize ?? .zero
        let price = sum.averagePrice ?? intent?.intent.limitPrice ?? .zero
        let notional = hasFills ? sum.notional.doubleValue : size.doubleValue * price.doubleValue
        try db.execute(
            sql: """
                INSERT INTO trades (
                    bot_id, product_id, side, size, price, fee, commission, order_id, status, combined_signal_score,
                    signal_scores, tranche_number, position_status, size_usd, size_in_quote, created_at, filled_at
                ) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 1, ?, ?, 0, ?, ?)
                ON CONFLICT (order_id) DO UPDATE SET
                    bot_id = coalesce(bot_id, excluded.bot_id),
                    size = coalesce(nullif(excluded.size, 0), size),
                    price = coalesce(nullif(excluded.price, 0), price),
                    commission = coalesce(excluded.commission, commission),
                    size_usd = coalesce(nullif(excluded.size_usd, 0), size_usd),
                    combined_signal_score = coalesce(combined_signal_score, excluded.combined_signal_score),
                    signal_scores = coalesce(signal_scores, excluded.signal_scores),
                    filled_at = coalesce(excluded.filled_at, filled_at),
                    status = CASE
                        WHEN lower(status) IN ('filled', 'completed') AND excluded.status != 'completed' THEN status
                        WHEN lower(status) IN ('failed', 'cancelled') AND excluded.status IN ('pending', 'open')
                            THEN status
                        ELSE excluded.status
                    END
                """,
            arguments: [
                botID, order.product.rawValue, order.side.rawValue, size.doubleValue, price.doubleValue,
                hasFills ? sum.commission.doubleValue : nil, order.orderID,
                status.rawValue, intent?.signalScore, intent?.signalScoresJSON,
                order.side == .buy ? "OPEN" : "REDUCING", notional,
                LedgerTime(order.createdAt).text,
                hasFills && !status.isOpen ? sum.lastAt.map { LedgerTime($0).text } : nil,
            ])
        guard let trade = try trade(ofOrder: order.orderID, db) else {
            preconditionFailure("a row just written is read in the same transaction")
        }
        return trade
    }

    /// `nil` for an order that is not recorded.
    static func trade(ofOrder id: String, _ db: Database) throws -> TradeRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM trades WHERE order_id = ?", arguments: [id]).map { TradeRecord($0) }
    }
}
