/// What is held in one currency other than cash, and what it counts for.
public struct HoldingValue: Sendable, Equatable {
    /// Where the price comes from; raw values are shown.
    public enum Basis: String, Sendable, Codable, CaseIterable {
        /// A fresh quote.
        case quote
        /// The product takes no orders now, or its quote is old: the last price that its listing names.
        case listed
        /// No price on the exchange: that of the newest fill in the ledger.
        case recorded
        /// Nothing is known: it counts for nothing, and is named.
        case unknown
    }

    /// Such as `BTC`; not the cash currency.
    public let currency: String
    /// Base units, those on hold included.
    public let quantity: Amount
    /// In cash; `nil` for `unknown`.
    public let price: Amount?
    /// `unknown` whenever there is no price.
    public let basis: Basis
    /// Quantity x price, cut after ten decimals.
    public let value: Amount

    /// - Throws: `amountOutOfRange` for numbers no market has.
    public init(currency: String, quantity: Amount, price: Amount?, basis: Basis) throws(TradingError) {
        self.currency = currency
        self.quantity = quantity
        self.price = price
        self.basis = price == nil ? .unknown : basis
        value = try price.map { (price) throws(TradingError) in try price.worth(of: quantity) } ?? .zero
    }
}

/// A whole account in cash: every balance that the exchange names, bought by a bot or not.
public struct AccountValue: Sendable, Equatable {
    /// Free for new orders.
    public let cash: Amount
    /// Reserved by resting buys; still owned.
    public let cashOnHold: Amount
    /// By currency.
    public let holdings: [HoldingValue]

    /// - Parameter holdings: in any order; each currency once.
    public init(cash: Amount, cashOnHold: Amount, holdings: [HoldingValue]) {
        self.cash = cash
        self.cashOnHold = cashOnHold
        self.holdings = holdings.sorted { $0.currency < $1.currency }
    }

    /// What all holdings count for.
    public var exposure: Amount { holdings.reduce(.zero) { $0 + $1.value } }
    /// Cash and holdings, by the best prices known.
    public var equity: Amount { cash + cashOnHold + exposure }
    /// Equity without the holdings that have no fresh price.
    public var secureEquity: Amount {
        holdings.reduce(cash + cashOnHold) { $1.basis == .quote ? $0 + $1.value : $0 }
    }

    /// What is held of a currency; `nil` for none, and for the cash currency.
    public func holding(_ currency: String) -> HoldingValue? { holdings.first { $0.currency == currency } }
}

extension Amount {
    /// This price times a quantity, cut after ten decimals: for sums and comparisons, never an order's own numbers.
    public func worth(of quantity: Amount) throws(TradingError) -> Amount {
        try times(quantity, over: Amount(1), scale: 10)
    }
}
