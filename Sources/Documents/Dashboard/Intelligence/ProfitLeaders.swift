extension IntelligenceDocument {
    /// The pairs that earned and lost most.
    public struct ProfitLeaders: Encodable, Sendable {
        let topWinners, topLosers: [ProfitLeader]

        /// Each list begins with the greatest profit or loss.
        public init(winners: [ProfitLeader], losers: [ProfitLeader]) {
            topWinners = winners
            topLosers = losers
        }

        enum CodingKeys: String, CodingKey {
            case topWinners = "top_winners"
            case topLosers = "top_losers"
        }
    }

    /// A pair and what it earned. Two fields stand under two names: the page reads those in camel case, which the old
    /// backend never sent.
    public struct ProfitLeader: Encodable, Sendable {
        let pair: String
        let profit, profitPerTrade, winRate, profitPerTradeShown, winRateShown: Double

        /// - Parameters:
        ///   - profit: quote units.
        ///   - winRate: 0 to 1.
        public init(pair: String, profit: Double, profitPerTrade: Double, winRate: Double) {
            self.pair = pair
            self.profit = profit
            self.profitPerTrade = profitPerTrade
            self.winRate = winRate
            profitPerTradeShown = profitPerTrade
            winRateShown = winRate
        }

        enum CodingKeys: String, CodingKey {
            case pair, profit
            case profitPerTrade = "profit_per_trade"
            case winRate = "win_rate"
            case profitPerTradeShown = "profitPerTrade"
            case winRateShown = "winRate"
        }
    }
}
