public import Foundation
import GRDB
public import Trading

/// Writes what pages show of an evaluation, in the transaction that records it.
extension Ledger {
    /// Writes the trend of a product whose bot is not evaluated, unless a newer one is stored; no row of the bot.
    /// - Parameter trend: one that says nothing is written only where none is stored.
    public func store(_ trend: TrendAnalysis, of product: ProductID, at time: Date) async throws(LedgerError) {
        let at = LedgerTime(time).text
        try await write { try Ledger.storeTrend(trend, of: product, at: at, $0) }
    }

    static func store(_ view: EvaluationView, of evaluation: Evaluation, _ db: Database) throws {
        try storeBot(view, of: evaluation, db)
        if let trend = view.trend {
            try storeTrend(trend, of: view.product, at: LedgerTime(evaluation.at).text, db)
        }
    }

    /// Replaces the bot's row, unless that is a later evaluation of the same bot.
    private static func storeBot(_ view: EvaluationView, of evaluation: Evaluation, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO bot_evaluations (
                bot_id, bot_created_at, job_id, evaluated_at, scoring, action, confidence, gate, is_blocked, price,
                balance_problem, price_step_problem, has_balance, balance_message, signals, sizing
            ) SELECT id, coalesce(created_at, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM bots WHERE id = ?
            ON CONFLICT (bot_id) DO UPDATE SET
                bot_created_at = excluded.bot_created_at, job_id = excluded.job_id,
                evaluated_at = excluded.evaluated_at, scoring = excluded.scoring, action = excluded.action,
                confidence = excluded.confidence, gate = excluded.gate, is_blocked = excluded.is_blocked,
                price = excluded.price, balance_problem = excluded.balance_problem,
                price_step_problem = excluded.price_step_problem, has_balance = excluded.has_balance,
                balance_message = excluded.balance_message, signals = excluded.signals, sizing = excluded.sizing
            WHERE bot_evaluations.evaluated_at <= excluded.evaluated_at
                OR bot_evaluations.bot_created_at IS NOT excluded.bot_created_at
            """,
            [
                evaluation.jobID, LedgerTime(evaluation.at).text, view.scoring.rawValue,
                evaluation.action.rawValue.lowercased(), evaluation.confidence.isFinite ? evaluation.confidence : 0,
                view.gate.rawValue, view.isBlocked, evaluation.price, view.balanceProblem, view.priceStepProblem,
                view.balance?.isSufficient, view.balance?.message, try json(SignalTexts(view.signals)),
                try view.sizing.map { try json($0) }, evaluation.botID,
            ])
    }

    /// One row for each product: the newest that says something. Bots of one product that are evaluated at one moment
    /// share it.
    private static func storeTrend(
        _ trend: TrendAnalysis, of product: ProductID, at time: String, _ db: Database
    ) throws {
        let others = try Row.one(
            db, sql: "SELECT 1 FROM trend_data WHERE product_id = ? LIMIT 1", arguments: [product.rawValue])
        if trend == .unknown, others != nil { return }
        try db.run(
            "DELETE FROM trend_data WHERE product_id = ? AND timestamp < ?", [product.rawValue, time])
        let windows = TrendRecord.Windows(short: trend.short, medium: trend.medium, long: trend.long)
        try db.run(
            """
            INSERT INTO trend_data (
                product_id, timestamp, trend_strength, confidence, regime, moving_average_alignment,
                volume_confirmation, details
            ) SELECT ?1, ?2, ?, ?, ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM trend_data WHERE product_id = ?1 AND timestamp > ?2)
            ON CONFLICT (product_id, timestamp) DO UPDATE SET
                trend_strength = excluded.trend_strength, confidence = excluded.confidence,
                regime = excluded.regime, moving_average_alignment = excluded.moving_average_alignment,
                volume_confirmation = excluded.volume_confirmation, details = excluded.details
            """,
            [
                product.rawValue, time, trend.strength, trend.confidence, trend.regime.rawValue,
                trend.alignment.rawValue, trend.isVolumeConfirmed, try json(windows),
            ])
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// Signals by name, in the shape in which the Python application stores them.
private struct SignalTexts: Encodable {
    private let parts: [String: Part]

    private struct Part: Encodable {
        let score: Double
        let action: String
        let confidence: Double
        let metadata: Metadata
    }

    private struct Metadata: Encodable {
        let readings: [String: Double]
        let error: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let error { try container.encode(["error": error]) } else { try container.encode(readings) }
        }
    }

    init(_ details: [SignalDetail]) {
        parts = Dictionary(
            details.map { detail in
                let finite = detail.readings.filter(\.value.isFinite).map { ($0.name, $0.value) }
                let metadata = Metadata(
                    readings: Dictionary(finite, uniquingKeysWith: { first, _ in first }), error: detail.problem)
                let part = Part(
                    score: detail.score, action: detail.action.rawValue.lowercased(), confidence: detail.confidence,
                    metadata: metadata)
                return (detail.name.rawValue, part)
            }, uniquingKeysWith: { first, _ in first })
    }

    func encode(to encoder: any Encoder) throws { try parts.encode(to: encoder) }
}
