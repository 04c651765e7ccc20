public import Foundation
import GRDB
import Trading

/// Adapted weights of signals, and the figures about signals.
extension Ledger {
    /// A figure about fewer predictions is not stored.
    private static let leastSamples = 20

    /// The newest adapted weights of each bot.
    public func newestWeights() async throws(LedgerError) -> [Int: WeightRecord] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM adaptive_signal_weights WHERE id IN (
                        SELECT max(id) FROM adaptive_signal_weights WHERE bot_id IS NOT NULL GROUP BY bot_id
                    )
                    """)
            var newest: [Int: WeightRecord] = [:]
            for row in rows { if let bot = row.integer("bot_id") { newest[bot] = WeightRecord(row) } }
            return newest
        }
    }

    /// Stores adapted weights, unless the bot has got some within `AdaptiveWeights.leastHours`. How the bot trades does
    /// not change: its configuration counts.
    /// - Returns: whether the row was added.
    public func record(_ weights: NewWeights, at time: Date) async throws(LedgerError) -> Bool {
        try await write { db in
            let since = time.addingTimeInterval(-Double(AdaptiveWeights.leastHours) * 3_600)
            let (signals, configured) = (
                try NewWeights.json(weights.adaptive.new), try NewWeights.json(weights.configured)
            )
            try db.execute(
                sql: """
                    INSERT INTO adaptive_signal_weights (
                        bot_id, pair, regime, signal_weights, default_weights, weight_calculation_method,
                        performance_period_days, confidence_score, created_at, usage_count
                    )
                    SELECT ?1, ?2, NULL, ?3, ?4, 'performance_weighted', ?5, ?6, ?7, 0
                    WHERE NOT EXISTS (
                        SELECT 1 FROM adaptive_signal_weights WHERE bot_id = ?1 AND created_at > ?8 AND created_at <= ?7
                    )
                    """,
                arguments: [
                    weights.botID, weights.pair, signals, configured, AdaptiveWeights.periodDays,
                    weights.adaptive.confidence, LedgerTime(time).text, LedgerTime(since).text,
                ])
            return db.changesCount == 1
        }
    }

    /// Stores the figures of each group that has 20 predictions or more; what stood there before is replaced.
    /// - Returns: how many were stored.
    public func record(_ groups: [OutcomeGroup], at time: Date) async throws(LedgerError) -> Int {
        try await write { db in
            let enough = groups.filter { $0.outcomes.total >= Ledger.leastSamples }
            for group in enough { try Ledger.store(group, db, at: LedgerTime(time).text) }
            return enough.count
        }
    }

    private static func store(_ group: OutcomeGroup, _ db: Database, at time: String) throws {
        let outcomes = group.outcomes
        try db.execute(
            sql: "DELETE FROM signal_performance_metrics WHERE pair = ? AND regime IS ? AND signal_type = ?",
            arguments: [group.pair, group.regime, group.signal.rawValue])
        try db.execute(
            sql: """
                INSERT INTO signal_performance_metrics (
                    pair, regime, signal_type, total_predictions, accuracy, "precision", recall, avg_confidence,
                    avg_pnl_usd, calculation_period_days, last_updated, min_samples_required, is_reliable
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
                """,
            arguments: [
                group.pair, group.regime, group.signal.rawValue, outcomes.total, outcomes.accuracy, outcomes.precision,
                outcomes.recall, outcomes.meanConfidence, outcomes.meanProfit, AdaptiveWeights.periodDays, time,
                leastSamples,
            ])
    }
}
