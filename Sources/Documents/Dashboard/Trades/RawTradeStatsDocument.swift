/// Sums over all fills.
public struct RawTradeStatsDocument: Encodable, Sendable {
    let totalTrades, totalProducts: Int
    let totalVolumeUSD, totalFees, netPnL: Double

    /// - Parameters:
    ///   - totalVolumeUSD: what buys cost with their commissions, and what sells brought in without theirs.
    ///   - netPnL: realized only, without what is held.
    public init(totalTrades: Int, totalProducts: Int, totalVolumeUSD: Double, totalFees: Double, netPnL: Double) {
        self.totalTrades = totalTrades
        self.totalProducts = totalProducts
        self.totalVolumeUSD = totalVolumeUSD
        self.totalFees = totalFees
        self.netPnL = netPnL
    }

    enum CodingKeys: String, CodingKey {
        case totalTrades = "total_trades"
        case totalProducts = "total_products"
        case totalVolumeUSD = "total_volume_usd"
        case totalFees = "total_fees"
        case netPnL = "net_pnl"
    }
}
