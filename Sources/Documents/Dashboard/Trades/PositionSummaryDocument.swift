/// Sums over the positions of all products.
public struct PositionSummaryDocument: Encodable, Sendable {
    let totalRealizedPnL, totalUnrealizedPnL, totalPnL, totalFees: Double
    let totalTrades, openPositionsCount, closedPositionsCount, productsTraded: Int

    /// No price is asked for: what is held counts neither as a gain nor as a loss.
    public init(realized: Double, fees: Double, trades: Int, open: Int, products: Int) {
        totalRealizedPnL = realized
        totalUnrealizedPnL = 0
        totalPnL = realized
        totalFees = fees
        totalTrades = trades
        openPositionsCount = open
        closedPositionsCount = products - open
        productsTraded = products
    }

    enum CodingKeys: String, CodingKey {
        case totalRealizedPnL = "total_realized_pnl"
        case totalUnrealizedPnL = "total_unrealized_pnl"
        case totalPnL = "total_pnl"
        case totalFees = "total_fees"
        case totalTrades = "total_trades"
        case openPositionsCount = "open_positions_count"
        case closedPositionsCount = "closed_positions_count"
        case productsTraded = "products_traded"
    }
}
