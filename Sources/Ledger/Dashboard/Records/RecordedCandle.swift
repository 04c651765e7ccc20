public import Foundation
import GRDB

/// A row of `market_data`.
public struct RecordedCandle: Sendable, Equatable {
    /// Start of its slot.
    public let start: Date
    /// Price of the first trade in it, in quote currency.
    public let open: Double
    /// Highest price in it.
    public let high: Double
    /// Lowest price in it.
    public let low: Double
    /// Price of the last trade in it.
    public let close: Double
    /// In base currency; 0 for NULL.
    public let volume: Double

    init?(_ row: Row) {
        guard let start = row.time("timestamp"), let open = row.number("open_price"),
            let high = row.number("high_price"), let low = row.number("low_price"),
            let close = row.number("close_price")
        else { return nil }
        self.start = start
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        volume = row.number("volume") ?? 0
    }
}
