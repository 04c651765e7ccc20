public import Foundation
import GRDB
public import Trading

/// What one evaluation of a bot came to; a row of `bot_signal_history`.
public struct Evaluation: Sendable, Equatable {
    public var botID: Int
    /// Makes the evaluation one, however often its job runs.
    public var jobID: String
    public var at: Date
    /// -1 (buy) to 1 (sell).
    public var score: Double
    /// Whether the score says something of the market: one without data leaves the bot's as it is.
    public var isScored: Bool
    public var action: Action
    public var confidence: Double
    public var signalScoresJSON: String
    public var metadataJSON: String
    public var price: Double?
    /// Since when the action has persisted; `nil` clears the bot's.
    public var confirmationStart: Date?

    public init(
        botID: Int, jobID: String, at: Date, score: Double, isScored: Bool = true, action: Action, confidence: Double,
        signalScoresJSON: String = "{}", metadataJSON: String = "{}", price: Double? = nil,
        confirmationStart: Date? = nil
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
    }
}

/// A row of `bot_signal_history` as read. Rows of the Python application have no job id.
public struct SignalRecord: Sendable, Equatable {
    public let id: Int
    public let botID: Int?
    public let jobID: String?
    public let at: Date?
    public let score: Double
    /// HOLD for NULL and for words that are none.
    public let action: Action
    public let confidence: Double
    public let signalScoresJSON: String?
    public let metadataJSON: String?
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
