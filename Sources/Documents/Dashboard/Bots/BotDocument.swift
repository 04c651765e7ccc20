public import Foundation

/// A bot as the person sets it, with what it holds at present.
public struct BotDocument: Encodable, Sendable {
    /// When a score is a signal.
    public struct Thresholds: Encodable, Sendable {
        let buy, sell: Double
        @OrNull var isOptimized: Bool?
        @OrNull var appliedOn: String?

        /// - Parameters:
        ///   - isOptimized: whether a program has chosen them; nil when it is not stored.
        ///   - appliedOn: since when, as stored.
        public init(buy: Double, sell: Double, isOptimized: Bool?, appliedOn: String?) {
            self.buy = buy
            self.sell = sell
            self.isOptimized = isOptimized
            self.appliedOn = appliedOn
        }

        enum CodingKeys: String, CodingKey {
            case buy = "buy_threshold"
            case sell = "sell_threshold"
            case isOptimized = "optimization_applied"
            case appliedOn = "applied_date"
        }
    }

    /// What a person sets.
    public struct Settings: Sendable {
        /// USD of one order.
        public var positionSizeUSD: Double
        /// How many positions at most, and minutes.
        public var maxPositions, confirmationMinutes, cooldownMinutes: Int
        /// Percent.
        public var stopLoss, takeProfit, tradeStep: Double
        /// One JSON object.
        public var signalConfig: RawJSON
        /// Those of `signalConfig`, or what counts without them.
        public var thresholds: Thresholds
        /// Nil for what is not stored.
        public var usesTrendDetection, usesPositionSizing: Bool?

        /// Checks nothing.
        public init(
            positionSizeUSD: Double, maxPositions: Int, stopLoss: Double, takeProfit: Double, confirmationMinutes: Int,
            tradeStep: Double, cooldownMinutes: Int, signalConfig: RawJSON, thresholds: Thresholds,
            usesTrendDetection: Bool?, usesPositionSizing: Bool?
        ) {
            self.positionSizeUSD = positionSizeUSD
            self.maxPositions = maxPositions
            self.stopLoss = stopLoss
            self.takeProfit = takeProfit
            self.confirmationMinutes = confirmationMinutes
            self.tradeStep = tradeStep
            self.cooldownMinutes = cooldownMinutes
            self.signalConfig = signalConfig
            self.thresholds = thresholds
            self.usesTrendDetection = usesTrendDetection
            self.usesPositionSizing = usesPositionSizing
        }
    }

    /// What evaluations and fills have left at the bot.
    public struct Standing: Sendable {
        /// USD.
        public var positionSize: Double
        /// Nil when the bot holds nothing.
        public var entryPrice: Double?
        /// -1 (buy) to 1 (sell).
        public var score: Double
        /// Since when the present action has persisted; nil for none.
        public var confirmationStart: Date?

        /// Checks nothing.
        public init(positionSize: Double, entryPrice: Double?, score: Double, confirmationStart: Date?) {
            self.positionSize = positionSize
            self.entryPrice = entryPrice
            self.score = score
            self.confirmationStart = confirmationStart
        }
    }

    /// The row's id.
    public let id: Int
    /// For people.
    public let name: String
    /// RUNNING, STOPPED or ERROR.
    public let status: String
    let description, pair: String
    let settings: Settings
    let standing: Standing
    let createdAt, updatedAt: NaiveTime

    /// - Parameters:
    ///   - status: RUNNING, STOPPED or ERROR.
    ///   - createdAt: nil for a time that cannot be read.
    ///   - updatedAt: nil for a bot that was never changed.
    public init(
        id: Int, name: String, description: String, pair: String, status: String, settings: Settings,
        standing: Standing, createdAt: Date?, updatedAt: Date?
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.pair = pair
        self.status = status
        self.settings = settings
        self.standing = standing
        self.createdAt = NaiveTime(createdAt)
        self.updatedAt = NaiveTime(updatedAt)
    }

    /// One object of all fields, in the old backend's order.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(name, forKey: .name)
        try fields.encode(description, forKey: .description)
        try fields.encode(pair, forKey: .pair)
        try fields.encode(status, forKey: .status)
        try fields.encode(settings.positionSizeUSD, forKey: .positionSizeUSD)
        try fields.encode(settings.maxPositions, forKey: .maxPositions)
        try fields.encode(settings.stopLoss, forKey: .stopLoss)
        try fields.encode(settings.takeProfit, forKey: .takeProfit)
        try fields.encode(settings.confirmationMinutes, forKey: .confirmationMinutes)
        try fields.encode(settings.tradeStep, forKey: .tradeStep)
        try fields.encode(settings.cooldownMinutes, forKey: .cooldownMinutes)
        try fields.encode(settings.signalConfig, forKey: .signalConfig)
        try fields.encode(settings.thresholds, forKey: .thresholds)
        try fields.encode(standing.positionSize, forKey: .positionSize)
        try fields.encode(OrNull(wrappedValue: standing.entryPrice), forKey: .entryPrice)
        try fields.encode(standing.score, forKey: .score)
        try fields.encode(NaiveTime(standing.confirmationStart), forKey: .confirmationStart)
        try fields.encode(createdAt, forKey: .createdAt)
        try fields.encode(updatedAt, forKey: .updatedAt)
        try fields.encode(OrNull(wrappedValue: settings.usesTrendDetection), forKey: .usesTrendDetection)
        try fields.encode(OrNull(wrappedValue: settings.usesPositionSizing), forKey: .usesPositionSizing)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, description, pair, status
        case positionSizeUSD = "position_size_usd"
        case maxPositions = "max_positions"
        case stopLoss = "stop_loss_pct"
        case takeProfit = "take_profit_pct"
        case confirmationMinutes = "confirmation_minutes"
        case tradeStep = "trade_step_pct"
        case cooldownMinutes = "cooldown_minutes"
        case signalConfig = "signal_config"
        case thresholds = "trading_thresholds"
        case positionSize = "current_position_size"
        case entryPrice = "current_position_entry_price"
        case score = "current_combined_score"
        case confirmationStart = "signal_confirmation_start"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case usesTrendDetection = "use_trend_detection"
        case usesPositionSizing = "use_position_sizing"
    }
}
