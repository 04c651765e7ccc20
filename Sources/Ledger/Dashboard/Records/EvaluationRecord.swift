public import Foundation
import GRDB
public import Trading

/// A row of `bot_evaluations` as read: what pages show of a bot's newest evaluation.
public struct EvaluationRecord: Sendable, Equatable {
    /// With the id it tells a bot from a later one of the same id: see `BotRecord.createdAtText`.
    public let botCreatedAtText: String
    /// When it was decided; nil for a stored time that cannot be read.
    public let at: Date?
    /// HOLD for words that are none.
    public let action: Action
    /// 0 to 1; 0 for NULL.
    public let confidence: Double
    /// Whether the bot's own gate let the action be traded.
    public let isAllowed: Bool
    /// The account could neither buy nor sell.
    public let isBlocked: Bool
    /// Mid of the quote; nil where there was none.
    public let price: Double?
    /// A sentence; nil for none.
    public let balanceProblem: String?
    /// A sentence; nil for none.
    public let priceStepProblem: String?
    /// Nil when the account was not known.
    public let balance: EvaluationView.BalanceSummary?
    /// Nil for a bot that does not size its positions, and for JSON that cannot be read.
    public let sizing: LegacySizing?

    init(_ row: Row) {
        botCreatedAtText = row.text("bot_created_at") ?? ""
        at = row.time("evaluated_at")
        action = row.text("action").flatMap { Action(rawValue: $0.uppercased()) } ?? .hold
        confidence = row.number("confidence") ?? 0
        isAllowed = row.text("gate") == ActionGate.Reason.allowed.rawValue
        isBlocked = row.flag("is_blocked")
        price = row.number("price")
        balanceProblem = row.text("balance_problem")
        priceStepProblem = row.text("price_step_problem")
        let hasBalance = row.flag("has_balance")
        balance = row.text("balance_message").map {
            EvaluationView.BalanceSummary(isSufficient: hasBalance, message: $0)
        }
        sizing = row.text("sizing").flatMap { try? JSONDecoder().decode(LegacySizing.self, from: Data($0.utf8)) }
    }
}
