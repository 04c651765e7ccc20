public import Trading

/// What is owned in one currency. The total is `available + hold`.
public struct Account: Sendable, Equatable {
    public let currency: String
    /// Free for new orders.
    public let available: Amount
    /// Reserved by resting orders.
    public let hold: Amount

    public init(currency: String, available: Amount, hold: Amount) {
        self.currency = currency
        self.available = available
        self.hold = hold
    }
}

/// Fee as a fraction of the notional, e.g. 0.006.
public struct FeeRates: Sendable, Equatable {
    public let maker: Amount
    public let taker: Amount

    public init(maker: Amount, taker: Amount) {
        self.maker = maker
        self.taker = taker
    }
}
