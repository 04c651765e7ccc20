public import Foundation
import GRDB

/// What the page about intelligence counts.
extension Ledger {
    /// How many predictions there are, and how the newest of them came out.
    ///
    /// Outcomes are counted over the newest 100 000 rows: the Python application has left tables with millions.
    public func predictionTally() async throws(LedgerError) -> PredictionTally {
        try await read { db in
            let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM signal_predictions") ?? 0
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT lower(signal_type) AS signal, count(*) AS rows,
                        sum(coalesce(outcome, '') <> '') AS evaluated,
                        sum(outcome IN ('true_positive', 'true_negative')) AS correct
                    FROM (SELECT signal_type, outcome FROM signal_predictions ORDER BY id DESC LIMIT 100000)
                    GROUP BY lower(signal_type)
                    """)
            var tally = PredictionTally(total: total)
            for row in rows {
                tally.signals[row.text("signal") ?? ""] = PredictionTally.Count(
                    rows: row.integer("rows") ?? 0, evaluated: row.integer("evaluated") ?? 0,
                    correct: row.integer("correct") ?? 0)
            }
            return tally
        }
    }

    /// The newest regime of a product that is not older than a time; nil when there is none.
    public func regime(of product: String, since time: Date) async throws(LedgerError) -> RegimeRecord? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM trend_data WHERE product_id = ? AND timestamp >= ?
                    ORDER BY timestamp DESC LIMIT 1
                    """, arguments: [product, LedgerTime(time).text]
            ).map { RegimeRecord($0) }
        }
    }

    /// Whether any weights were ever adapted.
    public func hasAdaptedWeights() async throws(LedgerError) -> Bool {
        try await read { try Row.fetchOne($0, sql: "SELECT 1 FROM adaptive_signal_weights LIMIT 1") != nil }
    }
}
