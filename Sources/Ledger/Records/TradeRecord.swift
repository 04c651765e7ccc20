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
    public let id: Int
    public let botID: Int?
    public let productID: String
    /// `nil` for text that is neither; the stored case does not matter.
    public let side: Side?
    /// Base units filled so far (ours), or ordered (the Python application's, until filled).
    public let size: Double
    public let price: Double?
    public let fee: Double
    public let commission: Double?
    public let orderID: String?
    public let status: TradeStatus
    public let signalScore: Double?
    public let signalScoresJSON: String?
    public let positionStatus: String
    public let sizeUSD: Double?
    public let createdAt: Date?
    public let filledAt: Date?

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        botID = row.integer("bot_id")
        productID = row.text("product_id") ?? ""
        side = row.text("side").flatMap { Side(rawValue: $0.uppercased()) }
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
