public import Foundation
import GRDB
public import Trading

/// Words of `trades.status`. The Python application writes them too; any other text reads as `failed`.
public enum TradeStatus: String, Sendable, CaseIterable, Codable {
    case pending, open, active, filled, completed, failed, cancelled

    /// Pending, open or active: the exchange may still fill it.
    public var isOpen: Bool {
        switch self {
        case .pending, .open, .active: true
        case .filled, .completed, .failed, .cancelled: false
        }
    }

    /// What the Python application would call an order in this state. Money that moved makes it `completed`, even if
    /// the rest was cancelled.
    init(_ state: OrderState, hasFills: Bool) {
        switch state {
        case .filled: self = .completed
        case .cancelled, .expired: self = hasFills ? .completed : .cancelled
        case .failed: self = hasFills ? .completed : .failed
        case .intent, .sent, .unknown: self = hasFills ? .open : .pending
        case .open: self = .open
        }
    }
}

/// A row of `trades`: the view of one order that the page shows. For exact sums see `Holding` and `RawTradeRecord`.
public struct TradeRecord: Sendable, Equatable {
    /// The row's id in `trades`.
    public let id: Int
    /// The bot whose trade it is; `nil` for none.
    public let botID: Int?
    /// As stored, such as `BTC-USD`; empty for NULL.
    public let productID: String
    /// `nil` for text that is neither; the stored case does not matter.
    public let side: Side?
    /// The side as stored, for pages; `nil` for NULL.
    public let sideText: String?
    /// Base units: filled so far, or ordered while there is no fill.
    public let size: Double
    /// Quote units: the average of the fills, or the limit before there are any.
    public let price: Double?
    /// 0 in rows of this program, which stores what the exchange charged in `commission`.
    public let fee: Double
    /// Quote units, the sum over the fills; `nil` before there are any.
    public let commission: Double?
    /// The exchange's id, unique in the table; `nil` for NULL.
    public let orderID: String?
    /// `failed` for words that are none.
    public let status: TradeStatus
    /// The score that the order came of, -1 (buy) to 1 (sell).
    public let signalScore: Double?
    /// JSON object, signal → score.
    public let signalScoresJSON: String?
    /// `OPEN` for buys and `REDUCING` for sells of this program; `CLOSED` for NULL. No rule here reads it.
    public let positionStatus: String
    /// Quote units without commission: filled so far, or ordered.
    public let sizeUSD: Double?
    /// When the order was created, by the exchange's clock in rows of this program.
    public let createdAt: Date?
    /// Time of the last fill, once the order is over.
    public let filledAt: Date?

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        botID = row.integer("bot_id")
        productID = row.text("product_id") ?? ""
        sideText = row.text("side")
        side = sideText.flatMap { Side(rawValue: $0.uppercased()) }
        size = row.number("size") ?? 0
        price = row.number("price")
        fee = row.number("fee") ?? 0
        commission = row.number("commission")
        orderID = row.text("order_id")
        status = row.text("status").flatMap { TradeStatus(rawValue: $0.lowercased()) } ?? .failed
        signalScore = row.number("combined_signal_score")
        signalScoresJSON = row.text("signal_scores")
        positionStatus = row.text("position_status") ?? "CLOSED"
        sizeUSD = row.number("size_usd")
        createdAt = row.time("created_at")
        filledAt = row.time("filled_at")
    }
}
