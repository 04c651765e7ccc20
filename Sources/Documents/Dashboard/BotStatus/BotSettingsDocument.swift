/// The settings of a bot that a row of its status carries, so that the edit form, which is filled from that row, writes
/// back what was configured.
public struct BotSettingsDocument: Encodable, Sendable {
    let id: Int
    let name: String
    let pair: String
    let positionSizeUSD: Double
    let usesTrendDetection: Bool
    let usesPositionSizing: Bool
    let note: String?
    let signalConfig: RawJSON
    let maxPositions: Int
    let stopLossPct: Double
    let takeProfitPct: Double
    let confirmationMinutes: Int
    let tradeStepPct: Double
    let cooldownMinutes: Int
    let skipsSignalsOnLowBalance: Bool

    /// - Parameters:
    ///   - positionSizeUSD: as configured; the value of what the bot holds is another field.
    ///   - note: the description.
    ///   - signalConfig: a JSON object, with the signals under the names that the form knows.
    public init(
        id: Int, name: String, pair: String, positionSizeUSD: Double, usesTrendDetection: Bool,
        usesPositionSizing: Bool, note: String?, signalConfig: RawJSON, maxPositions: Int, stopLossPct: Double,
        takeProfitPct: Double, confirmationMinutes: Int, tradeStepPct: Double, cooldownMinutes: Int,
        skipsSignalsOnLowBalance: Bool
    ) {
        self.id = id
        self.name = name
        self.pair = pair
        self.positionSizeUSD = positionSizeUSD
        self.usesTrendDetection = usesTrendDetection
        self.usesPositionSizing = usesPositionSizing
        self.note = note
        self.signalConfig = signalConfig
        self.maxPositions = maxPositions
        self.stopLossPct = stopLossPct
        self.takeProfitPct = takeProfitPct
        self.confirmationMinutes = confirmationMinutes
        self.tradeStepPct = tradeStepPct
        self.cooldownMinutes = cooldownMinutes
        self.skipsSignalsOnLowBalance = skipsSignalsOnLowBalance
    }

    enum CodingKeys: String, CodingKey {
        case note = "description"
        case signalConfig = "signal_config"
        case maxPositions = "max_positions"
        case stopLossPct = "stop_loss_pct"
        case takeProfitPct = "take_profit_pct"
        case confirmationMinutes = "confirmation_minutes"
        case tradeStepPct = "trade_step_pct"
        case cooldownMinutes = "cooldown_minutes"
        case skipsSignalsOnLowBalance = "skip_signals_on_low_balance"
    }

    /// Only what the old backend's row lacks; the row writes the rest in its own order.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(OrNull(wrappedValue: note), forKey: .note)
        try fields.encode(signalConfig, forKey: .signalConfig)
        try fields.encode(maxPositions, forKey: .maxPositions)
        try fields.encode(stopLossPct, forKey: .stopLossPct)
        try fields.encode(takeProfitPct, forKey: .takeProfitPct)
        try fields.encode(confirmationMinutes, forKey: .confirmationMinutes)
        try fields.encode(tradeStepPct, forKey: .tradeStepPct)
        try fields.encode(cooldownMinutes, forKey: .cooldownMinutes)
        try fields.encode(skipsSignalsOnLowBalance, forKey: .skipsSignalsOnLowBalance)
    }
}
