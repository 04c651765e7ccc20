import Documents
import Exchange
import Foundation

/// The messages that the dashboard knows, made from the steps of an order that a worker tells.
enum TradeMessages {
    /// In their order; a resting order has two.
    static func of(_ update: TradeUpdate) -> [String] {
        let at = NaiveTime(Date(timeIntervalSince1970: Double(update.at) / 1_000))
        let step = JSONText.of(TradeExecutionDocument(details(update), timestamp: at))
        guard update.stage == .pending, let orderID = update.orderID else { return [step] }
        let pending = PendingOrderDocument(
            .init(
                tradeID: nil, botID: update.botID, orderID: orderID, side: update.side, size: number(update.size),
                sizeUSD: number(update.usd), price: number(update.price), productID: update.product, createdAt: at),
            timestamp: at)
        return [step, JSONText.of(pending)]
    }

    private static func details(_ update: TradeUpdate) -> TradeExecutionDocument.Details {
        var details = TradeExecutionDocument.Details()
        details.botID = update.botID
        let dollars = "$" + rounded(update.usd)
        switch update.stage {
        case .starting:
            (details.stage, details.status) = ("trade_starting", "starting")
            (details.botName, details.side, details.sizeUSD) = (update.botName, update.side, number(update.usd))
            details.message = "Starting \(update.side) trade for \(dollars)..."
        case .placing:
            (details.stage, details.status) = ("order_placing", "placing_order")
            (details.productID, details.side, details.size) = (update.product, update.side, number(update.size))
            details.message = "Placing \(update.side) order for \(update.size) \(update.product)..."
        case .pending:
            (details.stage, details.status) = ("order_pending", "pending")
            details.message = "Order pending - monitoring enabled"
        case .placed:
            (details.stage, details.status) = ("order_placed", "order_placed")
            details.message = "Order placed successfully: \(update.orderID ?? "")"
        case .recording:
            (details.stage, details.status) = ("recording_trade", "recording")
            details.message = "Recording trade in database..."
        case .completed:
            (details.stage, details.status) = ("trade_completed", "completed")
            details.message = "\u{2705} Trade completed successfully! \(update.side) \(dollars)"
            details.execution = .init(
                side: update.side, amount: number(update.usd), price: number(update.price),
                orderID: update.orderID ?? "")
        case .failed:
            (details.stage, details.status) = ("trade_failed", "failed")
            details.message = "Trade failed: \(update.reason ?? "no reason is known")"
            details.error = update.reason
        }
        if update.stage != .starting, update.stage != .placing { details.orderID = update.orderID }
        return details
    }

    /// For display only: the page adds and rounds these numbers; orders are made of decimals elsewhere.
    private static func number(_ decimal: String) -> Double {
        Double(decimal).flatMap { $0.isFinite ? $0 : nil } ?? 0
    }

    private static func rounded(_ decimal: String) -> String { String(format: "%.2f", number(decimal)) }
}
