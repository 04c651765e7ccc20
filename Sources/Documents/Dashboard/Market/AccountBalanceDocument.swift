/// What is owned in one currency.
public struct AccountBalanceDocument: Encodable, Sendable {
    let currency: String
    let available, hold: Double

    /// - Parameters:
    ///   - available: free for new orders, in units of the currency.
    ///   - hold: reserved by resting orders.
    public init(currency: String, available: Double, hold: Double) {
        self.currency = currency
        self.available = available
        self.hold = hold
    }

    enum CodingKeys: String, CodingKey {
        case currency
        case available = "available_balance"
        case hold
    }
}
