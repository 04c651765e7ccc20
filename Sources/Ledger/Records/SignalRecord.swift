public import Foundation
import GRDB
public import Trading

/// What one evaluation of a bot came to; a row of `bot_signal_history`.
public struct Evaluation: Sendable, Equatable {
    /// The bot that was evaluated; it must be in the ledger.
    public var botID: Int
    /// Makes the evaluation one, however often its job runs.
    public var jobID: String
    /// When it was decided; stored as the bot's `last_evaluation`.
    public var at: Date
    /// -1 (buy) to 1 (sell).
    public var score: Double
    /// Whether the score says something of the market: one without data leaves the bot's as it is.
    public var isScored: Bool
    /// What the score asked for, before the bot's own gate.
    public var action: Action
    /// 0 to 1.
    public var confidence: Double
    /// JSON object, signal → score; signals without a score are absent.
    public var signalScoresJSON: String
    /// JSON object: reason, gate, coverage and scoring of the decision; a second run acts on it.
    public var metadataJSON: String
    /// Mid of the quote in quote units; `nil` without a quote.
    public var price: Double?
    /// Since when the action has persisted; `nil` clears the bot's.
    public var confirmationStart: Date?
    /// What pages show beside it; `nil` leaves what they show as it is.
    public var view: EvaluationView?

    /// Writes nothing; `Ledger.record` does.
    public init(
        botID: Int, jobID: String, at: Date, score: Double, isScored: Bool = true, action: Action, confidence: Double,
        signalScoresJSON: String = "{}", metadataJSON: String = "{}", price: Double? = nil,
        confirmationStart: Date? = nil, view: EvaluationView? = nil
    ) {
        self.botID = botID
        self.jobID = jobID
        self.at = at
        self.score = score
        self.isScored = isScored
        self.action = action
        self.confidence = confidence
        self.signalScoresJSON = signalScoresJSON
        self.metadataJSON = metadataJSON
        self.price = price
        self.confirmationStart = confirmationStart
        self.view = view
    }
}

/// A row of `bot_signal_history` as read. Rows of the Python application have no job id.
public struct SignalRecord: Sendable, Equatable {
    /// The row's id in `bot_signal_history`.
    public let id: Int
    /// `nil` for NULL; the bot may be deleted by now.
    public let botID: Int?
    /// The evaluation's job; `nil` for rows of the Python application.
    public let jobID: String?
    /// When it was decided; `nil` for a stored time that cannot be read.
    public let at: Date?
    /// -1 (buy) to 1 (sell); 0 for NULL.
    public let score: Double
    /// HOLD for NULL and for words that are none.
    public let action: Action
    /// 0 to 1; 0 for NULL.
    public let confidence: Double
    /// JSON object, signal → score, as stored.
    public let signalScoresJSON: String?
    /// JSON text as stored; rows of this program hold reason, gate, coverage and scoring.
    public let metadataJSON: String?
    /// Quote units; `nil` where there was no quote.
    public let price: Double?

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        botID = row.integer("bot_id")
        jobID = row.text("job_id")
        at = row.time("timestamp")
        score = row.number("combined_score") ?? 0
        action = row.text("action").flatMap { Action(rawValue: $0.uppercased()) } ?? .hold
        confidence = row.number("confidence") ?? 0
        signalScoresJSON = row.text("signal_scores")
        metadataJSON = row.text("evaluation_metadata")
        price = row.number("price")
    }
}
