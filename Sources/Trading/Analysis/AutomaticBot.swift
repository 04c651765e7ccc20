import Foundation

/// The bot that is made for a pair which nobody has configured one for. It is stopped until a person starts it.
public struct AutomaticBot: Sendable, Equatable {
    /// Which pair it trades.
    public let product: ProductID
    /// Such as `Auto-Kas-USD Bot`.
    public let name: String
    /// Why it was made; the bot's description.
    public let note: String
    /// JSON text.
    public let signalConfig = """
        {"RSI": {"enabled": true, "weight": 0.4, "period": 14, "buy_threshold": 35, "sell_threshold": 65}, \
        "moving_average": {"enabled": true, "weight": 0.4, "fast_period": 12, "slow_period": 26}, \
        "macd": {"enabled": true, "weight": 0.2, "fast_period": 12, "slow_period": 26, "signal_period": 9}}
        """
    /// Notional of one order, in dollars.
    public let positionSizeUSD = PairScore.positionDollars
    /// Orders that it may hold at once.
    public let maxPositions = 5
    /// Percent below the average entry cost.
    public let stopLossPct = 5.0
    /// Percent above the average entry cost.
    public let takeProfitPct = 10.0
    /// How long a signal must last.
    public let confirmationMinutes = 5
    /// Percent that the price must have moved since the last order.
    public let tradeStepPct = 2.0
    /// Between two orders.
    public let cooldownMinutes = 15
    /// Neither trend detection nor position sizing is on.
    public let usesIntelligence = false

    /// - Parameter score: of the pair.
    public init(_ score: PairScore) {
        product = score.product
        name = "Auto-\(score.baseName)-\(score.product.quote) Bot"
        note = "Auto-created bot for \(score.product) (Score: " + String(format: "%.1f", score.total) + ")"
    }
}
