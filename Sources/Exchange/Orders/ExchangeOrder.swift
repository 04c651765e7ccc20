public import Foundation
public import Trading

/// The exchange's answer to a new order: what it stored under the client id.
///
/// After a repeat this is the first order: compare product, side and configuration with the intent.
public struct PlacedOrder: Sendable, Equatable {
    /// The exchange's id; every later request names the order by it.
    public let orderID: String
    /// The id under which the order was sent.
    public let clientOrderID: ClientOrderID
    /// Of the stored order, which may be another than the request's after a repeat.
    public let product: ProductID
    /// Of the stored order.
    public let side: Side
    /// Of the stored order: sizes and limit as they count.
    public let configuration: OrderConfiguration

    /// Made by an `ExchangeClient`; checks nothing.
    public init(
        orderID: String, clientOrderID: ClientOrderID, product: ProductID, side: Side,
        configuration: OrderConfiguration
    ) {
        self.orderID = orderID
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.configuration = configuration
    }
}

/// Where an order stands. A cancelled or expired order can carry fills.
public enum OrderStatus: String, Sendable, Codable, CaseIterable {
    case pending = "PENDING"
    case open = "OPEN"
    case filled = "FILLED"
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"
    case failed = "FAILED"
    case queued = "QUEUED"
    case cancelQueued = "CANCEL_QUEUED"
    case editQueued = "EDIT_QUEUED"
    /// Also stands for a status this client does not know: never terminal.
    case unknown = "UNKNOWN_ORDER_STATUS"

    /// Nothing more will happen to the order.
    public var isTerminal: Bool {
        switch self {
        case .filled, .cancelled, .expired, .failed: true
        case .pending, .open, .queued, .cancelQueued, .editQueued, .unknown: false
        }
    }
}

/// An order as the exchange reports it.
public struct ExchangeOrder: Sendable, Equatable {
    /// The exchange's id.
    public let orderID: String
    /// Any text for an order that another program placed.
    public let clientOrderID: ClientOrderID
    /// The product that is traded.
    public let product: ProductID
    /// Buy or sell.
    public let side: Side
    /// What was ordered; what is left of it follows from `filledSize`.
    public let configuration: OrderConfiguration
    /// At the moment of the answer.
    public let status: OrderStatus
    /// By the exchange's clock.
    public let createdAt: Date
    /// In the base currency.
    public let filledSize: Amount
    /// Sum of price × size over the fills, in the quote currency, without fees.
    public let filledValue: Amount
    /// In the quote currency.
    public let totalFees: Amount
    /// Fills so far; `fills(orderID:)` tells them one by one.
    public let fillCount: Int
    /// Why it was cancelled, rejected or expired, in the exchange's words.
    public let reason: String?

    /// Made by an `ExchangeClient`; checks nothing.
    public init(
        orderID: String, clientOrderID: ClientOrderID, product: ProductID, side: Side,
        configuration: OrderConfiguration, status: OrderStatus, createdAt: Date, filledSize: Amount,
        filledValue: Amount, totalFees: Amount, fillCount: Int, reason: String? = nil
    ) {
        self.orderID = orderID
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.configuration = configuration
        self.status = status
        self.createdAt = createdAt
        self.filledSize = filledSize
        self.filledValue = filledValue
        self.totalFees = totalFees
        self.fillCount = fillCount
        self.reason = reason
    }
}

/// One execution. `entryID` identifies the row: the ledger keeps one for each.
public struct Fill: Sendable, Equatable {
    /// Whether the fill took from the book or rested in it; decides the fee.
    public enum Liquidity: String, Sendable, Codable {
        case maker = "MAKER"
        case taker = "TAKER"
        case unknown = "UNKNOWN_LIQUIDITY_INDICATOR"
    }

    /// Unique for each fill; the ledger's key.
    public let entryID: String
    /// The exchange's id of the trade that the fill belongs to.
    public let tradeID: String
    /// The exchange's id of the order.
    public let orderID: String
    /// The product that was traded.
    public let product: ProductID
    /// Of the order, not of its counterpart.
    public let side: Side
    /// In the quote currency, for one unit of the base currency.
    public let price: Amount
    /// In the base currency, or in the quote currency when `sizeInQuote`.
    public let size: Amount
    /// Whether `size` counts quote units.
    public let sizeInQuote: Bool
    /// In the quote currency.
    public let commission: Amount
    /// Which fee rate applied.
    public let liquidity: Liquidity
    /// By the exchange's clock.
    public let time: Date

    /// Made by an `ExchangeClient`; checks nothing.
    public init(
        entryID: String, tradeID: String, orderID: String, product: ProductID, side: Side, price: Amount,
        size: Amount, sizeInQuote: Bool = false, commission: Amount, liquidity: Liquidity, time: Date
    ) {
        self.entryID = entryID
        self.tradeID = tradeID
        self.orderID = orderID
        self.product = product
        self.side = side
        self.price = price
        self.size = size
        self.sizeInQuote = sizeInQuote
        self.commission = commission
        self.liquidity = liquidity
        self.time = time
    }
}

/// Whether one order's cancellation was accepted; confirm by reading the order.
public struct CancelResult: Sendable, Equatable {
    /// The exchange's id of the order.
    public let orderID: String
    /// False for an order that is over or unknown; nothing was changed then.
    public let success: Bool
    /// In the exchange's words; `nil` on success.
    public let failureReason: String?

    /// Made by an `ExchangeClient`; checks nothing.
    public init(orderID: String, success: Bool, failureReason: String? = nil) {
        self.orderID = orderID
        self.success = success
        self.failureReason = failureReason
    }
}
