public import Foundation

/// How an order meets the book. Raw values are the exchange's names.
public enum OrderKind: String, Sendable, Codable, CaseIterable {
    /// Takes what the book has up to the limit, and cancels the rest.
    case limitIOC = "sor_limit_ioc"
    /// Rests until cancelled and never takes: `post_only` is set.
    case limitGTCPostOnly = "limit_limit_gtc"
}

/// An order as written down before it is sent, so that the next attempt can find it again (domain rules 7.3).
public struct OrderIntent: Sendable, Equatable, Codable {
    /// The execution job; with leg and attempt it determines the client order id.
    public let jobID: String
    /// `maker`, `cross`, `twap-0` ...
    public let leg: String
    /// Rises for a new order only, never for a retry of the same one.
    public let attempt: Int
    /// What the exchange knows the order by, and refuses to take twice. The caller derives it from job, leg, attempt.
    public let clientOrderID: String
    /// The product that is to be ordered.
    public let product: ProductID
    /// Buy or sell.
    public let side: Side
    /// In base units, on the product's increment.
    public let baseSize: Amount
    /// `nil` only for rows imported from the old system: we send no order without a limit.
    public let limitPrice: Amount?
    /// How it meets the book.
    public let kind: OrderKind
    /// When it was written down; a later search on the exchange starts there.
    public let createdAt: Date
    /// Where the order stands; only `moved(to:)` changes it.
    public private(set) var state: OrderState

    /// Checks nothing; sizes and prices must already lie on the product's increments.
    public init(
        jobID: String, leg: String, attempt: Int, clientOrderID: String, product: ProductID, side: Side,
        baseSize: Amount, limitPrice: Amount?, kind: OrderKind, createdAt: Date, state: OrderState = .intent
    ) {
        self.jobID = jobID
        self.leg = leg
        self.attempt = attempt
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.baseSize = baseSize
        self.limitPrice = limitPrice
        self.kind = kind
        self.createdAt = createdAt
        self.state = state
    }

    /// The same order in its next state. Moving to the present state changes nothing.
    /// - Throws: `orderMoveRefused`, for instance out of FILLED.
    public func moved(to next: OrderState) throws(TradingError) -> OrderIntent {
        guard state.canMove(to: next) else {
            throw .orderMoveRefused(clientOrderID: clientOrderID, from: state, to: next)
        }
        var order = self
        order.state = next
        return order
    }
}
