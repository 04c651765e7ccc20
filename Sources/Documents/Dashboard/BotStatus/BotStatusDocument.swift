/// A bot as the dashboard's cards show it: a row of `GET /api/v1/bots/status/enhanced`.
///
/// Beside the old backend's fields it has the bot's settings, which the edit form takes from it.
public struct BotStatusDocument: Encodable, Sendable {
    let settings: BotSettingsDocument
    let status: String
    let score: Double
    let positionValue: Double
    let temperature: String
    let distance: Double
    let intent: TradingIntentDocument
    let confirmation: ConfirmationDocument
    let readiness: TradeReadinessDocument
    let lastTrade: LastTradeDocument?
    let trend: TrendDocument?
    let sizing: PositionSizingDocument?

    /// - Parameters:
    ///   - status: `RUNNING`, `STOPPED` or `ERROR`.
    ///   - score: -1 (buy) to 1 (sell).
    ///   - positionValue: of what the bot's filled trades add up to, at the present price.
    ///   - temperature: `HOT`, `WARM`, `COOL` or `FROZEN`; any other word hides the bot.
    ///   - distance: |score| over the score of a signal.
    public init(
        settings: BotSettingsDocument, status: String, score: Double, positionValue: Double, temperature: String,
        distance: Double, intent: TradingIntentDocument, confirmation: ConfirmationDocument,
        readiness: TradeReadinessDocument, lastTrade: LastTradeDocument?, trend: TrendDocument?,
        sizing: PositionSizingDocument?
    ) {
        self.settings = settings
        self.status = status
        self.score = score
        self.positionValue = positionValue
        self.temperature = temperature
        self.distance = distance
        self.intent = intent
        self.confirmation = confirmation
        self.readiness = readiness
        self.lastTrade = lastTrade
        self.trend = trend
        self.sizing = sizing
    }

    enum CodingKeys: String, CodingKey {
        case id, name, pair, status
        case score = "current_combined_score"
        case positionValue = "current_position_size"
        case positionSizeUSD = "position_size_usd"
        case temperature
        case distance = "distance_to_signal"
        case intent = "trading_intent"
        case confirmation
        case readiness = "trade_readiness"
        case lastTrade = "last_trade"
        case trend = "trend_analysis"
        case usesTrendDetection = "use_trend_detection"
        case sizing = "position_sizing"
        case usesPositionSizing = "use_position_sizing"
    }

    /// The old backend's fields in its order, then the settings that it left out.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(settings.id, forKey: .id)
        try fields.encode(settings.name, forKey: .name)
        try fields.encode(settings.pair, forKey: .pair)
        try fields.encode(status, forKey: .status)
        try fields.encode(score, forKey: .score)
        try fields.encode(positionValue, forKey: .positionValue)
        try fields.encode(settings.positionSizeUSD, forKey: .positionSizeUSD)
        try fields.encode(temperature, forKey: .temperature)
        try fields.encode(distance, forKey: .distance)
        try fields.encode(intent, forKey: .intent)
        try fields.encode(confirmation, forKey: .confirmation)
        try fields.encode(readiness, forKey: .readiness)
        try fields.encode(OrNull(wrappedValue: lastTrade), forKey: .lastTrade)
        try fields.encode(OrNull(wrappedValue: trend), forKey: .trend)
        try fields.encode(settings.usesTrendDetection, forKey: .usesTrendDetection)
        try fields.encode(OrNull(wrappedValue: sizing), forKey: .sizing)
        try fields.encode(settings.usesPositionSizing, forKey: .usesPositionSizing)
        try settings.encode(to: encoder)
    }
}
