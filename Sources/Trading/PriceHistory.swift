/// The columns that indicators read, oldest first and equally long. Statistics only.
public struct PriceHistory: Sendable, Equatable {
    public let highs: [Double]
    public let lows: [Double]
    public let closes: [Double]

    public init(_ candles: [Candle]) {
        highs = candles.map(\.high)
        lows = candles.map(\.low)
        closes = candles.map(\.close)
    }

    private init(highs: [Double], lows: [Double], closes: [Double]) {
        (self.highs, self.lows, self.closes) = (highs, lows, closes)
    }

    public var count: Int { closes.count }

    /// The newest `count` rows; itself when it has no more.
    public func newest(_ count: Int) -> PriceHistory {
        guard count < self.count else { return self }
        return PriceHistory(
            highs: Array(highs.suffix(count)), lows: Array(lows.suffix(count)), closes: Array(closes.suffix(count)))
    }
}
