import Foundation
import GRDB
public import Trading

/// The history that `market_data` keeps.
extension Ledger {
    /// Adds candles, each once.
    /// - Parameter timeframe: in the dashboard's words, such as `1h`.
    public func recordCandles(
        _ candles: [Candle], of product: ProductID, timeframe: String
    ) async throws(LedgerError) {
        try await write { db in
            for candle in candles {
                let start = LedgerTime(Date(timeIntervalSince1970: Double(candle.start))).text
                try db.run(
                    """
                    INSERT INTO market_data (
                        product_id, timestamp, timeframe, open_price, high_price, low_price, close_price, volume)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (
                        SELECT 1 FROM market_data WHERE product_id = ?1 AND timestamp = ?2 AND timeframe = ?3)
                    """,
                    [
                        product.rawValue, start, timeframe, candle.open, candle.high, candle.low, candle.close,
                        candle.volume,
                    ])
            }
        }
    }

    /// The newest `limit` candles, oldest first. Rows without a time or a number are left out.
    public func candles(
        of product: String, timeframe: String, limit: Int
    ) async throws(LedgerError) -> [RecordedCandle] {
        let rows = try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM market_data WHERE product_id = ? AND timeframe = ?
                    ORDER BY timestamp DESC, id DESC LIMIT ?
                    """, arguments: [product, timeframe, max(0, limit)]
            ).map { RecordedCandle($0) }
        }
        return rows.compactMap { $0 }.reversed()
    }
}
