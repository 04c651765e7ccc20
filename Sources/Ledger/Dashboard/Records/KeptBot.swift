public import Foundation
import GRDB
public import Trading

/// A row of `bots` as the person sees it who keeps the bot: what is stored, and not what the trading rules make of it
/// (`BotRecord`). A column that holds nothing of its kind has the Python application's default.
public struct KeptBot: Sendable, Equatable {
    /// The row's id. SQLite may give it to a later bot once this one is deleted.
    public let id: Int
    /// Unique in the table; empty for NULL.
    public let name: String
    /// For people; `nil` for none. The column `description`.
    public let note: String?
    /// As stored, empty for NULL; may be no product at all.
    public let pair: String
    /// STOPPED for NULL and for words that are none.
    public let status: BotStatus
    /// 100 for NULL, 0 for what is no number.
    public let positionSizeUSD: Double
    /// 5 for what is no number.
    public let maxPositions: Int
    /// Percent; 5 for what is no number.
    public let stopLossPct: Double
    /// Percent; 10 for what is no number.
    public let takeProfitPct: Double
    /// 5 for what is no number. 0 is shown as 0, and counts as 5.
    public let confirmationMinutes: Int
    /// Percent; 2 for what is no number. 0 is shown as 0, and counts as 2.
    public let tradeStepPct: Double
    /// 15 for what is no number. 0 is shown as 0, and counts as 15.
    public let cooldownMinutes: Int
    /// JSON text as stored; empty for NULL.
    public let signalConfig: String
    /// `nil` for NULL.
    public let usesTrendDetection: Bool?
    /// `nil` for NULL.
    public let usesPositionSizing: Bool?
    /// USD; 0 for what is no number.
    public let currentPositionSize: Double
    /// `nil` when the bot holds nothing.
    public let currentPositionEntryPrice: Double?
    /// -1 (buy) to 1 (sell); 0 for what is no number.
    public let currentCombinedScore: Double
    /// Since when the present action has persisted; `nil` while it is HOLD.
    public let confirmationStart: Date?
    /// `nil` for a stored time that cannot be read.
    public let createdAt: Date?
    /// `nil` for a bot that was never changed, or a time that cannot be read.
    public let updatedAt: Date?
    /// Why no rule can be made of the row's settings, for people; `nil` when it is well.
    public let fault: String?

    init(_ row: Row) {
        let rules = BotRecord(row)
        id = rules.id
        name = rules.name
        note = rules.note
        pair = rules.pair
        status = rules.status
        let size = row["position_size_usd"] as DatabaseValue?
        positionSizeUSD = row.number("position_size_usd") ?? (size?.isNull ?? true ? 100 : 0)
        maxPositions = rules.maxPositions
        stopLossPct = rules.stopLossPct
        takeProfitPct = rules.takeProfitPct
        confirmationMinutes = row.integer("confirmation_minutes") ?? 5
        tradeStepPct = row.number("trade_step_pct") ?? 2
        cooldownMinutes = row.integer("cooldown_minutes") ?? 15
        signalConfig = rules.signalConfig
        usesTrendDetection = row.integer("use_trend_detection").map { $0 != 0 }
        usesPositionSizing = row.integer("use_position_sizing").map { $0 != 0 }
        currentPositionSize = rules.currentPositionSize
        currentPositionEntryPrice = rules.currentPositionEntryPrice
        currentCombinedScore = rules.currentCombinedScore
        confirmationStart = rules.confirmationStart
        createdAt = rules.createdAt
        updatedAt = rules.updatedAt
        fault = rules.fault.map { "\($0)" }
    }
}
