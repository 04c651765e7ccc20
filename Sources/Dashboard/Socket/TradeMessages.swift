import Documents
import Exchange
import Foundation

/// The messages that the dashboard knows, made from the steps of an order that a worker tells.
enum TradeMessages {
    static func text(of update: TradeUpdate) -> String {
        let at = time(update.at)
        switch update.stage {
        case .starting, .placing, .pending, .placed, .recording, .completed, .failed:
            return JSONText.of(TradeExecutionDocument(details(update), timestamp: at))
        case .resting: return JSONText.of(PendingOrderDocument(pending(update, at), timestamp: at))
        case .changed: return JSONText.of(OrderStatusDocument(change(update, at), timestamp: at))
        }
    }

    private static func pending(_ update: TradeUpdate, _ at: NaiveTime) -> PendingOrderDocument.Details {
        PendingOrderDocument.Details(
            tradeID: update.tradeID, botID: update.botID, orderID: update.orderID ?? "", side: update.side,
            size: number(update.size), sizeUSD: number(update.usd), price: number(update.price),
            productID: update.product, createdAt: at)
    }

    private static func change(_ update: TradeUpdate, _ at: NaiveTime) -> OrderStatusDocument.Details {
        OrderStatusDocument.Details(
            tradeID: update.tradeID, botID: update.botID, orderID: update.orderID ?? "",
            oldStatus: update.oldStatus ?? "", newStatus: update.newStatus ?? "",
            filledAt: update.filledAt.map { time($0) } ?? NaiveTime(nil), updatedAt: at, productID: update.product,
            side: update.side, sizeUSD: number(update.usd))
    }

    private static func time(_ milliseconds: Int64) -> NaiveTime {
        NaiveTime(Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
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
        // They are messages of their own.
        case .resting, .changed: break
        }
        if update.stage != .starting, update.stage != .placing { details.orderID = update.orderID }
        details.tradeID = update.tradeID
        return details
    }

    /// For display only: the page adds and rounds these numbers; orders are made of decimals elsewhere.
    private static func number(_ decimal: String) -> Double {
        Double(decimal).flatMap { $0.isFinite ? $0 : nil } ?? 0
    }

    private static func rounded(_ decimal: String) -> String { String(format: "%.2f", number(decimal)) }
}
