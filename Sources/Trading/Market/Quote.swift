public import Foundation

/// The best prices in a product's order book at one moment.
public struct Quote: Sendable, Equatable {
    /// The product whose book it is.
    public let product: ProductID
    /// Highest price that a buyer bids, in quote currency.
    public let bid: Amount
    /// Lowest price that a seller asks, in quote currency.
    public let ask: Amount
    /// The exchange's time, not ours.
    public let time: Date

    /// Checks nothing: a crossed or empty book is the caller's to refuse.
    public init(product: ProductID, bid: Amount, ask: Amount, time: Date) {
        self.product = product
        self.bid = bid
        self.ask = ask
        self.time = time
    }

    /// (bid + ask) / 2, exact.
    public var mid: Amount { bid + (ask - bid).halved }

    /// Whether it is old enough that nothing may be bought on it: more than 60 s, or from more than 60 s ahead.
    public func isStale(at now: Date) -> Bool {
        !(abs(now.timeIntervalSince(time)) <= 60)
    }
}
