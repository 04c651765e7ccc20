/// What the fills of a bot's product add up to.
public struct BotPerformanceDocument: Encodable, Sendable {
    /// The sums; zeros for a product without a fill.
    public struct Sums: Sendable {
        public var trades = 0, buys = 0, sells = 0
        public var spent = 0.0, received = 0.0, fees = 0.0, realized = 0.0, unrealized = 0.0
        public var position = 0.0, averageEntryPrice = 0.0, currentPrice = 0.0
        /// Times as stored; nil leaves the field out.
        public var firstTrade, lastTrade: String?

        /// Zeros.
        public init() {}
    }

    let botID: Int
    let botName, pair: String
    let tradeCount: Int
    let totalSpent, totalReceived, realizedPnL, unrealizedPnL, totalPnL, roiPercentage: Double
    let currentPosition, averageEntryPrice, currentPrice, totalFees: Double
    let buyCount, sellCount: Int
    let firstTrade, lastTrade: String?

    /// The return is the gain in percent of what was spent, 0 when nothing was.
    public init(botID: Int, botName: String, pair: String, sums: Sums) {
        self.botID = botID
        self.botName = botName
        self.pair = pair
        tradeCount = sums.trades
        totalSpent = sums.spent
        totalReceived = sums.received
        realizedPnL = sums.realized
        unrealizedPnL = sums.unrealized
        totalPnL = sums.realized + sums.unrealized
        roiPercentage = sums.spent > 0 ? totalPnL / sums.spent * 100 : 0
        currentPosition = sums.position
        averageEntryPrice = sums.averageEntryPrice
        currentPrice = sums.currentPrice
        totalFees = sums.fees
        buyCount = sums.buys
        sellCount = sums.sells
        firstTrade = sums.firstTrade
        lastTrade = sums.lastTrade
    }

    enum CodingKeys: String, CodingKey {
        case botID = "bot_id"
        case botName = "bot_name"
        case pair
        case tradeCount = "trade_count"
        case totalSpent = "total_spent"
        case totalReceived = "total_received"
        case realizedPnL = "realized_pnl"
        case unrealizedPnL = "unrealized_pnl"
        case totalPnL = "total_pnl"
        case roiPercentage = "roi_percentage"
        case currentPosition = "current_position"
        case averageEntryPrice = "average_entry_price"
        case currentPrice = "current_price"
        case totalFees = "total_fees"
        case buyCount = "buy_count"
        case sellCount = "sell_count"
        case firstTrade = "first_trade"
        case lastTrade = "last_trade"
    }
}
