public import Foundation

/// What a bot is allowed to do. The raw values are those of the old database.
public enum BotStatus: String, Sendable, Codable, CaseIterable {
    case running = "RUNNING"
    case stopped = "STOPPED"
    /// Its configuration is refused; it does not trade until an operator fixes it.
    case error = "ERROR"
}

/// A trading rule for one product, as stored: its settings, and what the last evaluation left behind.
public struct Bot: Sendable, Equatable {
    /// The ledger's id; a later bot may be given the same one.
    public var id: Int
    /// For people; no rule reads it.
    public var name: String
    /// The one product that the bot trades.
    public var product: ProductID
    /// Only a running bot places orders.
    public var status: BotStatus
    /// Notional of one order, in the product's quote currency.
    public var positionSizeUSD: Amount
    /// Stored with the bot; no rule of this module reads it.
    public var maxPositions: Int
    /// Percent below the average entry cost: 5 means 5 %. Stored with the bot; no rule of this module reads it.
    public var stopLossPct: Double
    /// Percent above the average entry cost. Stored with the bot; no rule of this module reads it.
    public var takeProfitPct: Double
    /// How long an action must persist before it is traded; 0 means at once.
    public var confirmationMinutes: Int
    /// Least price move in percent since the bot's last trade.
    public var tradeStepPct: Double
    /// Pause after the bot's last fill.
    public var cooldownMinutes: Int
    /// Raw JSON text as stored, in any of the dialects that `SignalConfig` reads.
    public var signalConfig: String
    /// From -1 (buy) to 1 (sell).
    public var currentCombinedScore: Double
    /// Since when the present action has persisted; `nil` while it is HOLD.
    public var confirmationStart: Date?

    /// The defaults are those of the old database. Checks no range.
    public init(
        id: Int, name: String, product: ProductID, status: BotStatus = .stopped, positionSizeUSD: Amount = Amount(100),
        maxPositions: Int = 5, stopLossPct: Double = 5, takeProfitPct: Double = 10, confirmationMinutes: Int = 5,
        tradeStepPct: Double = 2, cooldownMinutes: Int = 15, signalConfig: String = "{}",
        currentCombinedScore: Double = 0, confirmationStart: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.product = product
        self.status = status
        self.positionSizeUSD = positionSizeUSD
        self.maxPositions = maxPositions
        self.stopLossPct = stopLossPct
        self.takeProfitPct = takeProfitPct
        self.confirmationMinutes = confirmationMinutes
        self.tradeStepPct = tradeStepPct
        self.cooldownMinutes = cooldownMinutes
        self.signalConfig = signalConfig
        self.currentCombinedScore = currentCombinedScore
        self.confirmationStart = confirmationStart
    }
}
