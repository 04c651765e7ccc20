public import Foundation

/// What the account is worth.
public struct LivePortfolioDocument: Encodable, Sendable {
    /// One balance with its worth.
    public struct HoldingDocument: Encodable, Sendable {
        let currency: String
        let balance, price: Double
        /// In dollars.
        public let value: Double

        /// - Parameter price: of one unit, in dollars.
        public init(currency: String, balance: Double, price: Double) {
            self.currency = currency
            self.balance = balance
            self.price = price
            value = balance * price
        }

        enum CodingKeys: String, CodingKey {
            case currency, balance, price
            case value = "value_usd"
        }
    }

    let total: Double
    let holdings: [HoldingDocument]
    let updated: NaiveTime

    /// - Parameters:
    ///   - holdings: in any order; they are shown by their worth.
    ///   - updated: when the balances were read at the exchange.
    public init(_ holdings: [HoldingDocument], updated: Date) {
        self.holdings = holdings.sorted { ($1.value, $0.currency) < ($0.value, $1.currency) }
        total = self.holdings.reduce(0) { $0 + $1.value }
        self.updated = NaiveTime(updated)
    }

    enum CodingKeys: String, CodingKey {
        case total = "total_portfolio_value_usd"
        case holdings
        case updated = "last_updated"
    }
}
