public import Foundation
public import Trading

/// What the exchange says about an order.
public struct OrderReport: Sendable, Equatable {
    /// The exchange's id; unique in `trades`.
    public var orderID: String
    /// `nil`, or an id that the ledger does not know, for an order that another program or a person placed.
    public var clientOrderID: String?
    /// The product that was ordered.
    public var product: ProductID
    /// Buy or sell.
    public var side: Side
    /// Where the order stands, by the exchange's answer.
    public var state: OrderState
    /// By the exchange's clock.
    public var createdAt: Date

    /// Writes nothing; `recordFills` takes it.
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
    /// Whether `size` counts quote units.
    public var sizeInQuote: Bool
    /// Quote units for one base unit.
    public var price: Amount
    /// Quote units; the fee of this fill.
    public var commission: Amount
    /// By the exchange's clock.
    public var at: Date

    /// Writes nothing; `recordFills` takes it.
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
    /// The row in `trades`, as it is now; a finished trade is not reopened.
    public let trade: TradeRecord
    /// The status before; `nil` for an order that was not recorded yet.
    public let previousStatus: TradeStatus?
    /// Base units, the sum of all recorded fills.
    public let filledSize: Amount
    /// Quote units without commission.
    public let notional: Amount
    /// `nil` without fills; cut after 12 decimals.
    public let averagePrice: Amount?
    /// Quote units, the sum over all recorded fills.
    public let commission: Amount

    /// The row's id in `trades`.
    public var tradeID: Int { trade.id }
    /// The status that was stored.
    public var status: TradeStatus { trade.status }
}
