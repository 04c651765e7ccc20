public import Foundation

/// Everything that pages show of a bot, from one moment of the ledger.
public struct BotStatusRecord: Sendable, Equatable {
    /// Its settings and its stored score.
    public let bot: BotRecord
    /// The same as it is stored, for the edit form.
    public let kept: KeptBot
    /// Nil for a bot that was never evaluated by this program.
    public let evaluation: EvaluationRecord?
    /// Nil for a bot that never traded.
    public let lastTrade: LastTradeRecord?
    /// Time of the newest fill; the cooldown before an evaluation counts from it.
    public let lastFillAt: Date?
    /// What its filled trades add up to, in base units: below 0 when it sold what it had not bought.
    public let heldBase: Double
    /// Of its pair; nil when none was stored.
    public let trend: TrendRecord?
}
