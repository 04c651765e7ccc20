public import Trading

/// What is owned in one currency. The total is `available + hold`.
public struct Account: Sendable, Equatable {
    /// Such as `BTC` or `USD`; each once in a list of accounts.
    public let currency: String
    /// Free for new orders.
    public let available: Amount
    /// Reserved by resting orders.
    public let hold: Amount

    /// Checks nothing; both are in units of the currency.
    public init(currency: String, available: Amount, hold: Amount) {
        self.currency = currency
        self.available = available
        self.hold = hold
    }
}

/// Fee as a fraction of the notional, e.g. 0.006.
public struct FeeRates: Sendable, Equatable {
    /// For the part of an order that rested in the book.
    public let maker: Amount
    /// For the part of an order that took from the book.
    public let taker: Amount

    /// Checks no range.
    public init(maker: Amount, taker: Amount) {
        self.maker = maker
        self.taker = taker
    }
}
