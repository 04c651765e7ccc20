public import Foundation

/// One candle of the kept history.
public struct RecordedCandleDocument: Encodable, Sendable {
    let product: String
    let start: NaiveTime
    let timeframe: String
    let open, high, low, close, volume: Double

    /// - Parameter timeframe: such as `1h`.
    public init(
        product: String, start: Date, timeframe: String, open: Double, high: Double, low: Double, close: Double,
        volume: Double
    ) {
        self.product = product
        self.start = NaiveTime(start)
        self.timeframe = timeframe
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    enum CodingKeys: String, CodingKey {
        case product = "product_id"
        case start = "timestamp"
        case timeframe
        case open = "open_price"
        case high = "high_price"
        case low = "low_price"
        case close = "close_price"
        case volume
    }
}
