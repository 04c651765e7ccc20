import Foundation
import GRDB
import Trading

/// What an evaluation came to, and whether it was known before.
public enum RecordedEvaluation: Sendable, Equatable {
    /// Written now.
    case recorded(SignalRecord)
    /// An earlier run of the same job had decided already: act on this, not on what was computed now.
    case alreadyRecorded(SignalRecord)

    /// The stored row, whichever run wrote it.
    public var record: SignalRecord {
        switch self {
        case .recorded(let record), .alreadyRecorded(let record): record
        }
    }
}

extension Ledger {
    /// Writes one history row, the bot's score, evaluation time and confirmation start, what pages show, and what the
    /// signals predict.
    ///
    /// The first run of a job decides; later ones change nothing and get the stored row. An evaluation older than the
    /// bot's newest adds its row but leaves the bot and its pages as they are; one without data leaves the bot's score.
    /// - Throws: `noSuchBot`, also when the bot was deleted in the meantime.
    public func record(_ evaluation: Evaluation) async throws(LedgerError) -> RecordedEvaluation {
        let at = now()
        return try await write { db in
            if let known = try Ledger.signal(ofJob: evaluation.jobID, db) { return .alreadyRecorded(known) }
            try Ledger.updateBot(evaluation, db, at: at)
            try Ledger.insertHistory(evaluation, db)
            if let view = evaluation.view {
                try Ledger.store(view, of: evaluation, db)
                if evaluation.isScored {
                    for prediction in view.predictions { _ = try Ledger.insert(prediction, db, at: evaluation.at) }
                }
            }
            guard let written = try Ledger.signal(ofJob: evaluation.jobID, db) else {
                preconditionFailure("a row just inserted is read in the same transaction")
            }
            return .recorded(written)
        }
    }

    private static func signal(ofJob id: String, _ db: Database) throws -> SignalRecord? {
        try Row.one(db, sql: "SELECT * FROM bot_signal_history WHERE job_id = ?", arguments: [id])
            .map { SignalRecord($0) }
    }

    private static func updateBot(_ evaluation: Evaluation, _ db: Database, at now: Date) throws {
        guard try Row.one(db, sql: "SELECT 1 FROM bots WHERE id = ?", arguments: [evaluation.botID]) != nil
        else {
            throw LedgerError.noSuchBot(id: evaluation.botID)
        }
        let time = LedgerTime(evaluation.at).text
        try db.run(
            """
                UPDATE bots
                SET current_combined_score = CASE WHEN ? THEN ? ELSE current_combined_score END,
                    signal_confirmation_start = ?, last_evaluation = ?, updated_at = ?
                WHERE id = ? AND (last_evaluation IS NULL OR last_evaluation <= ?)
                """,
            [
                evaluation.isScored, evaluation.score, evaluation.confirmationStart.map { LedgerTime($0).text }, time,
                LedgerTime(now).text,
                evaluation.botID, time,
            ])
    }

    static func insertHistory(_ evaluation: Evaluation, _ db: Database) throws {
        try db.run(
            """
                INSERT INTO bot_signal_history (
                    bot_id, timestamp, combined_score, action, confidence, signal_scores, evaluation_metadata, price,
                    job_id
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            [
                evaluation.botID, LedgerTime(evaluation.at).text, evaluation.score,
                // The Python application writes and compares lower case.
                evaluation.action.rawValue.lowercased(), evaluation.confidence, evaluation.signalScoresJSON,
                evaluation.metadataJSON, evaluation.price,
                evaluation.jobID,
            ])
    }
}
