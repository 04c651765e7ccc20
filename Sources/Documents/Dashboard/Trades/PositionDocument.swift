/// What is held of one product, lot by lot.
public struct PositionDocument: Encodable, Sendable {
    let productID: String
    let currentQuantity, averageCostBasis, realizedPnL, unrealizedPnL, totalPnL, totalFees: Double
    let tradeCount, buyCount, sellCount: Int
    let positionStatus: String

    /// No price is asked for: what is held counts neither as a gain nor as a loss.
    public init(
        productID: String, quantity: Double, averageCost: Double, realized: Double, fees: Double,
        trades: (all: Int, buys: Int, sells: Int)
    ) {
        self.productID = productID
        currentQuantity = quantity
        averageCostBasis = averageCost
        realizedPnL = realized
        unrealizedPnL = 0
        totalPnL = realized
        totalFees = fees
        (tradeCount, buyCount, sellCount) = (trades.all, trades.buys, trades.sells)
        positionStatus = quantity > 0 ? "open" : "closed"
    }

    enum CodingKeys: String, CodingKey {
        case productID = "product_id"
        case currentQuantity = "current_quantity"
        case averageCostBasis = "average_cost_basis"
        case realizedPnL = "realized_pnl"
        case unrealizedPnL = "unrealized_pnl"
        case totalPnL = "total_pnl"
        case totalFees = "total_fees"
        case tradeCount = "trade_count"
        case buyCount = "buy_count"
        case sellCount = "sell_count"
        case positionStatus = "position_status"
    }
}
