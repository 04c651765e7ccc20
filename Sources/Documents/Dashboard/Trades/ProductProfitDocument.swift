/// Gains product by product.
public struct ProfitByProductDocument: Encodable, Sendable {
    let products: [ProductProfitDocument]

    /// - Parameter products: the greatest gain first.
    public init(_ products: [ProductProfitDocument]) { self.products = products }
}

/// What one product's fills add up to, and what is held of it is worth.
public struct ProductProfitDocument: Encodable, Sendable {
    /// What is held, and its price now.
    public struct OpenPosition: Sendable {
        let currentPrice, averagePrice: Double
        let isShort: Bool

        /// - Parameters:
        ///   - currentPrice: quote units for one base unit.
        ///   - averagePrice: the average of all buys, or of all sells for a short position.
        public init(currentPrice: Double, averagePrice: Double, isShort: Bool) {
            self.currentPrice = currentPrice
            self.averagePrice = averagePrice
            self.isShort = isShort
        }
    }

    let productID: String
    let tradeCount, buyTrades, sellTrades: Int
    let totalSpentUSD, totalReceivedUSD, totalFeesUSD: Double
    let realizedPnLUSD, unrealizedPnLUSD, netPnLUSD: Double
    let currentHoldings, currentValue: Double
    let currentPrice, averageBuyPrice, averageShortPrice: Double?

    /// - Parameters:
    ///   - unrealized: 0 without a price.
    ///   - holdings: base units, below 0 for a short position.
    ///   - value: of the holdings without their sign; 0 without a price.
    ///   - open: nil leaves its fields out: nothing is held, or its price is not known.
    public init(
        productID: String, trades: (all: Int, buys: Int, sells: Int), spent: Double, received: Double, fees: Double,
        realized: Double, unrealized: Double, net: Double, holdings: Double, value: Double, open: OpenPosition?
    ) {
        self.productID = productID
        (tradeCount, buyTrades, sellTrades) = (trades.all, trades.buys, trades.sells)
        (totalSpentUSD, totalReceivedUSD, totalFeesUSD) = (spent, received, fees)
        (realizedPnLUSD, unrealizedPnLUSD, netPnLUSD) = (realized, unrealized, net)
        (currentHoldings, currentValue) = (holdings, value)
        currentPrice = open?.currentPrice
        averageBuyPrice = open.flatMap { $0.isShort ? nil : $0.averagePrice }
        averageShortPrice = open.flatMap { $0.isShort ? $0.averagePrice : nil }
    }

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case tradeCount = "trade_count"
        case buyTrades = "buy_trades"
        case sellTrades = "sell_trades"
        case totalSpentUSD = "total_spent_usd"
        case totalReceivedUSD = "total_received_usd"
        case totalFeesUSD = "total_fees_usd"
        case realizedPnLUSD = "realized_pnl_usd"
        case unrealizedPnLUSD = "unrealized_pnl_usd"
        case netPnLUSD = "net_pnl_usd"
        case currentHoldings = "current_holdings"
        case currentValue = "current_value"
        case currentPrice = "current_price"
        case averageBuyPrice = "average_buy_price"
        case averageShortPrice = "average_short_price"
    }
}
