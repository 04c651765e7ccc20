/// What bots, predictions and fills come to: the intelligence page and the header of the dashboard.
public struct IntelligenceDocument: Encodable, Sendable {
    let bots: Bots
    let performance: Performance
    let signalTypes: OrderedFields<SignalAccuracy>
    let profitLeaders: ProfitLeaders
    let marketSelection: Selection
    let framework: Framework
    let insights: [String]
    let marketRegime: Regime

    /// - Parameter signals: by name, in the order in which they are shown.
    public init(
        bots: Bots, performance: Performance, signals: [(name: String, value: SignalAccuracy)],
        profitLeaders: ProfitLeaders, marketSelection: Selection, framework: Framework, insights: [String],
        marketRegime: Regime
    ) {
        self.bots = bots
        self.performance = performance
        signalTypes = OrderedFields(signals)
        self.profitLeaders = profitLeaders
        self.marketSelection = marketSelection
        self.framework = framework
        self.insights = insights
        self.marketRegime = marketRegime
    }

    enum CodingKeys: String, CodingKey {
        case bots, performance
        case signalTypes = "signal_types"
        case profitLeaders = "profit_leaders"
        case marketSelection = "market_selection"
        case framework, insights
        case marketRegime = "market_regime"
    }

    /// How many bots there are.
    public struct Bots: Encodable, Sendable {
        let total, active, aiEnabled, uniquePairs: Int

        /// - Parameters:
        ///   - active: those that run.
        ///   - aiEnabled: those that size their positions by the market.
        public init(total: Int, active: Int, aiEnabled: Int, uniquePairs: Int) {
            self.total = total
            self.active = active
            self.aiEnabled = aiEnabled
            self.uniquePairs = uniquePairs
        }

        enum CodingKeys: String, CodingKey {
            case total, active
            case aiEnabled = "ai_enabled"
            case uniquePairs = "unique_pairs"
        }
    }

    /// How a signal's predictions came out.
    public struct SignalAccuracy: Encodable, Sendable {
        let accuracy: Double
        let count: Int

        /// - Parameter accuracy: 0 to 1.
        public init(accuracy: Double, count: Int) {
            self.accuracy = accuracy
            self.count = count
        }
    }

    /// Which coins to trade, in words and sums.
    public struct Selection: Encodable, Sendable {
        let insights: [String]
        let winnersProfit, losersLoss: Double

        /// - Parameters:
        ///   - insights: three texts; the page reads each of them.
        ///   - losersLoss: below 0.
        public init(insights: [String], winnersProfit: Double, losersLoss: Double) {
            self.insights = insights
            self.winnersProfit = winnersProfit
            self.losersLoss = losersLoss
        }

        enum CodingKeys: String, CodingKey {
            case insights
            case winnersProfit = "winners_profit"
            case losersLoss = "losers_loss"
        }
    }

    /// The market's regime. Without one it is `UNKNOWN`, with zeros: a missing number would blank the page.
    public struct Regime: Encodable, Sendable {
        let current: String
        let strength, confidence: Double

        /// Nil for what is not known.
        public init(current: String?, strength: Double?, confidence: Double?) {
            self.current = current ?? "UNKNOWN"
            self.strength = strength ?? 0
            self.confidence = confidence ?? 0
        }
    }
}
