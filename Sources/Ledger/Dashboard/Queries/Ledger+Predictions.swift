public import Foundation
import GRDB
import Trading

/// What signals predict, and how it comes out.
extension Ledger {
    /// A prediction that says the same as the one before is stored again after so long.
    private static let repeatSeconds: TimeInterval = 3_600
    /// How long a prediction is for, as the column `evaluation_period_minutes` says.
    private static let periodMinutes = 60
    /// A price may be so much later than the moment that it stands for.
    private static let priceSeconds: TimeInterval = 600
    /// Predictions whose end is longer ago stay without an outcome: their prices are not known.
    private static let settleSeconds: TimeInterval = 86_400

    /// Stores what an evaluation's signals predict: a row for each signal of a pair whose action has changed, and one
    /// an hour otherwise. The old backend stored one for each evaluation, over a million a day.
    ///
    /// A second run at the same time adds nothing.
    /// - Returns: how many rows were added.
    @discardableResult
    public func record(predictions: [NewPrediction], at time: Date) async throws(LedgerError) -> Int {
        guard !predictions.isEmpty else { return 0 }
        return try await write { db in
            try predictions.count { try Ledger.insert($0, db, at: time) }
        }
    }

    /// - Returns: false for one that says what the last one said, within an hour.
    static func insert(_ prediction: NewPrediction, _ db: Database, at time: Date) throws -> Bool {
        let action = prediction.action.rawValue.lowercased()
        let (since, now) = (LedgerTime(time.addingTimeInterval(-repeatSeconds)).text, LedgerTime(time).text)
        let last = try Row.one(
            db,
            sql: """
                SELECT timestamp, prediction FROM signal_predictions
                WHERE timestamp > ? AND pair = ? AND signal_type = ? ORDER BY timestamp DESC LIMIT 1
                """, arguments: [since, prediction.pair, prediction.signal.rawValue])
        if let last, last.text("prediction") == action || (last.text("timestamp") ?? "") >= now { return false }
        try db.run(
            """
            INSERT INTO signal_predictions (
                timestamp, pair, regime, signal_type, signal_score, prediction, confidence, trade_executed,
                evaluation_period_minutes
            ) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
            """,
            [
                now, prediction.pair, prediction.regime, prediction.signal.rawValue, prediction.score, action,
                prediction.confidence, periodMinutes,
            ])
        return true
    }

    /// Gives predictions whose time is over their outcome, by the prices of the pair's evaluations at both ends. One
    /// without both prices stays as it is.
    /// - Parameter limit: most rows to look at.
    /// - Returns: how many got one.
    public func settlePredictions(at now: Date, limit: Int = 2_000) async throws(LedgerError) -> Int {
        try await write { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM signal_predictions
                    WHERE timestamp > ? AND timestamp <= ? AND coalesce(outcome, '') = ''
                    ORDER BY timestamp DESC LIMIT ?
                    """,
                arguments: [
                    LedgerTime(now.addingTimeInterval(-Self.settleSeconds)).text,
                    LedgerTime(now.addingTimeInterval(-Double(Self.periodMinutes) * 60)).text, limit,
                ])
            return try rows.count { try Ledger.settle($0, db, at: now) }
        }
    }

    private static func settle(_ row: Row, _ db: Database, at now: Date) throws -> Bool {
        guard let begin = row.time("timestamp"), let pair = row.text("pair"),
            let action = row.text("prediction").flatMap({ Action(rawValue: $0.uppercased()) })
        else { return false }
        let minutes = row.integer("evaluation_period_minutes") ?? periodMinutes
        let end = begin.addingTimeInterval(Double(min(max(minutes, 1), 1_440)) * 60)
        guard end <= now, let before = try price(of: pair, at: begin, db), let after = try price(of: pair, at: end, db)
        else { return false }
        let change = (after - before) / before * 100
        try db.run(
            """
            UPDATE signal_predictions SET actual_price_change_pct = ?, outcome = ?, evaluation_timestamp = ?
            WHERE id = ?
            """,
            [change, PredictionOutcome(of: action, change: change).rawValue, LedgerTime(now).text, row.integer("id")])
        return true
    }

    /// The price that an evaluation of the pair has recorded at a moment or soon after it.
    private static func price(of pair: String, at time: Date, _ db: Database) throws -> Double? {
        try Row.one(
            db,
            sql: """
                SELECT price FROM bot_signal_history
                WHERE bot_id IN (SELECT id FROM bots WHERE pair = ?) AND timestamp BETWEEN ? AND ? AND price > 0
                ORDER BY timestamp LIMIT 1
                """,
            arguments: [pair, LedgerTime(time).text, LedgerTime(time.addingTimeInterval(priceSeconds)).text]
        )?.number("price")
    }

    /// What the predictions with a known outcome came to, since a time; by pair and signal, and by regime on demand.
    /// - Parameters:
    ///   - pair: only this one.
    ///   - regime: only this one.
    public func outcomes(
        since time: Date, pair: String? = nil, regime: String? = nil, byRegime: Bool = false
    ) async throws(LedgerError) -> [OutcomeGroup] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT pair, CASE WHEN ?1 THEN regime END AS kept_regime, signal_type, count(*) AS total,
                        sum(outcome = 'true_positive') AS true_positives,
                        sum(outcome = 'true_negative') AS true_negatives,
                        sum(outcome = 'false_negative') AS false_negatives,
                        sum(lower(prediction) IN ('buy', 'sell')) AS directional,
                        sum(lower(prediction) IN ('buy', 'sell') AND outcome = 'true_positive') AS hits,
                        avg(confidence) AS mean_confidence, avg(coalesce(trade_pnl_usd, 0)) AS mean_profit
                    FROM signal_predictions
                    WHERE timestamp >= ?2 AND coalesce(outcome, '') <> '' AND (?3 IS NULL OR pair = ?3)
                        AND (?4 IS NULL OR regime = ?4)
                    GROUP BY pair, kept_regime, signal_type
                    """, arguments: [byRegime, LedgerTime(time).text, pair, regime]
            ).compactMap { OutcomeGroup($0) }
        }
    }
}

extension OutcomeGroup {
    /// Nil for a signal that is none, or a row without a pair.
    fileprivate init?(_ row: Row) {
        guard let pair = row.text("pair"),
            let signal = row.text("signal_type").flatMap({ SignalName(configKey: $0) })
        else { return nil }
        var outcomes = SignalOutcomes()
        outcomes.total = row.integer("total") ?? 0
        outcomes.truePositives = row.integer("true_positives") ?? 0
        outcomes.trueNegatives = row.integer("true_negatives") ?? 0
        outcomes.falseNegatives = row.integer("false_negatives") ?? 0
        outcomes.directional = row.integer("directional") ?? 0
        outcomes.directionalHits = row.integer("hits") ?? 0
        outcomes.meanConfidence = row.number("mean_confidence") ?? 0
        outcomes.meanProfit = row.number("mean_profit") ?? 0
        self.init(pair: pair, regime: row.text("kept_regime"), signal: signal, outcomes: outcomes)
    }
}
