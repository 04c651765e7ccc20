/// What the account has free of a product's two currencies, and what of the bot's trades it suffices for: for pages.
/// Orders are sized by the balances of their moment.
public struct TradeBalance: Sendable, Equatable {
    /// The product that the balances are of.
    public let product: ProductID
    /// Units of the base currency.
    public let base: Amount
    /// Units of the quote currency.
    public let quote: Amount

    /// A currency that the account does not have counts as zero.
    public init(of product: ProductID, base: Amount, quote: Amount) {
        self.product = product
        self.base = base
        self.quote = quote
    }

    /// Least worth of a buy, in quote currency.
    private static let leastBuy = Amount(5)

    /// Whether it suffices neither for the least buy nor for the least sell: such a bot is not evaluated by the Python
    /// system.
    public var isSpent: Bool { quote < Self.leastBuy && base.doubleValue < Self.leastSell(of: product.base) }

    /// The Python system's table, in base units.
    private static func leastSell(of currency: String) -> Double {
        switch currency {
        case "BTC": 0.00001
        case "SOL": 0.01
        case "DOGE", "XRP", "AVNT": 1
        case "AERO", "SUI": 0.1
        default: 0.001
        }
    }

    /// Why a trade of a bot's size cannot be paid; nil when it can.
    /// - Parameters:
    ///   - size: in quote currency.
    ///   - price: of one base unit; a sell is not judged without one.
    public func problem(_ side: Side, size: Amount, price: Amount?) -> String? {
        switch side {
        case .buy:
            guard quote < size else { return nil }
            return problem(product.quote, has: quote.doubleValue, needs: size.doubleValue, size, decimals: 2)
        case .sell:
            guard let price, price.isPositive else { return nil }
            let needed = size.doubleValue / price.doubleValue
            guard base.doubleValue < needed else { return nil }
            return problem(product.base, has: base.doubleValue, needs: needed, size, decimals: 8)
        }
    }

    private func problem(
        _ currency: String, has available: Double, needs: Double, _ size: Amount, decimals: Int
    ) -> String {
        "Insufficient \(currency) balance: \(available.fixed(decimals)) available, \(needs.fixed(decimals)) required "
            + "($\(size.doubleValue.fixed(2)) USD)"
    }

    /// Whether both a buy and a sell of a bot's size can be paid, and a sentence that says so.
    public func summary(size: Amount, price: Amount?) -> (isSufficient: Bool, message: String) {
        let buy = problem(.buy, size: size, price: price).map { "Cannot buy: \($0)" }
        let sell = problem(.sell, size: size, price: price).map { "Cannot sell: \($0)" }
        let problems = [buy, sell].compactMap(\.self)
        guard !problems.isEmpty else { return (true, "✅ Sufficient balance for trading") }
        return (false, "⚠️ " + problems.joined(separator: "; "))
    }
}
