import GRDB
public import Trading

/// What a person sets at a bot; `nil` leaves a setting as it is, or at the default of a new bot.
///
/// Holds what the old columns take. Whether a rule can be made of it is checked where it is read.
public struct BotEdit: Sendable, Equatable {
    /// Unique among the bots.
    public var name: String?
    /// For people; the column `description`.
    public var note: String?
    /// A product, such as `BTC-USD`. Only a new bot takes one.
    public var pair: String?
    /// A new bot is STOPPED.
    public var status: BotStatus?
    /// Notional of one order; 100 for a new bot.
    public var positionSizeUSD: Double?
    /// 5 for a new bot.
    public var maxPositions: Int?
    /// Percent; 5 for a new bot.
    public var stopLossPct: Double?
    /// Percent; 10 for a new bot.
    public var takeProfitPct: Double?
    /// 5 for a new bot.
    public var confirmationMinutes: Int?
    /// Percent; 2 for a new bot.
    public var tradeStepPct: Double?
    /// 15 for a new bot.
    public var cooldownMinutes: Int?
    /// JSON text.
    public var signalConfig: String?
    /// On for a new bot.
    public var usesTrendDetection: Bool?
    /// On for a new bot.
    public var usesPositionSizing: Bool?

    /// Sets nothing.
    public init() {}

    /// The same, with the defaults of a new bot for what is not set.
    var withDefaults: BotEdit {
        var bot = self
        bot.status = status ?? .stopped
        bot.positionSizeUSD = positionSizeUSD ?? 100
        bot.maxPositions = maxPositions ?? 5
        bot.stopLossPct = stopLossPct ?? 5
        bot.takeProfitPct = takeProfitPct ?? 10
        bot.confirmationMinutes = confirmationMinutes ?? 5
        bot.tradeStepPct = tradeStepPct ?? 2
        bot.cooldownMinutes = cooldownMinutes ?? 15
        bot.usesTrendDetection = usesTrendDetection ?? true
        bot.usesPositionSizing = usesPositionSizing ?? true
        return bot
    }

    /// Columns and values of what is set; the pair of a bot stays.
    var settings: [(column: String, value: DatabaseValue)] {
        let all: [(String, (any DatabaseValueConvertible)?)] = [
            ("name", name), ("description", note), ("status", status?.rawValue), ("position_size_usd", positionSizeUSD),
            ("max_positions", maxPositions), ("stop_loss_pct", stopLossPct), ("take_profit_pct", takeProfitPct),
            ("confirmation_minutes", confirmationMinutes), ("trade_step_pct", tradeStepPct),
            ("cooldown_minutes", cooldownMinutes), ("signal_config", signalConfig),
            ("use_trend_detection", usesTrendDetection), ("use_position_sizing", usesPositionSizing),
        ]
        return all.compactMap { column, value in value.map { (column, $0.databaseValue) } }
    }
}
