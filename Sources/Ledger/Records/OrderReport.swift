public import Foundation
public import Trading

/// What the exchange says about an order.
public struct OrderReport: Sendable, Equatable {
    public var orderID: String
    /// `nil` or unknown to us for an order that someone else placed.
    public var clientOrderID: String?
    public var product: ProductID
    public var side: Side
    public var state: OrderState
    public var createdAt: Date

    public init(
        orderID: String, clientOrderID: String?, product: ProductID, side: Side, state: OrderState, createdAt: Date
    ) {
        self.orderID = orderID
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.state = state
        self.createdAt = createdAt
    }
}

/// One fill of an order as the exchange reported it.
public struct FillReport: Sendable, Equatable {
    /// The exchange's `entry_id`, unique.
    public var fillID: String
    /// Base units, or quote units when `sizeInQuote`.
    public var size: Amount
    public var sizeInQuote: Bool
    public var price: Amount
    public var commission: Amount
    public var at: Date

    public init(
        fillID: String, size: Amount, sizeInQuote: Bool = false, price: Amount, commission: Amount, at: Date
    ) {
        self.fillID = fillID
        self.size = size
        self.sizeInQuote = sizeInQuote
        self.price = price
        self.commission = commission
        self.at = at
    }
}

/// An order after its fills were recorded.
public struct FilledOrder: Sendable, Equatable {
    /// Fills that were not in the ledger before.
    public let newFills: Int
    public let tradeID: Int
    public let status: TradeStatus
    /// Base units, the sum of all recorded fills.
    public let filledSize: Amount
    /// Quote units without commission.
    public let notional: Amount
    /// `nil` without fills; cut after 12 decimals.
    public let averagePrice: Amount?
    public let commission: Amount
}
