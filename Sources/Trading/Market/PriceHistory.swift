/// The columns that indicators read, oldest first and equally long. Statistics only.
public struct PriceHistory: Sendable, Equatable {
    /// Highest price of each candle, in quote currency.
    public let highs: [Double]
    /// Lowest price of each candle.
    public let lows: [Double]
    /// Last price of each candle.
    public let closes: [Double]

    /// - Parameter candles: oldest first and without holes, as `CandleSeries` has them.
    public init(_ candles: [Candle]) {
        highs = candles.map(\.high)
        lows = candles.map(\.low)
        closes = candles.map(\.close)
    }

    private init(highs: [Double], lows: [Double], closes: [Double]) {
        (self.highs, self.lows, self.closes) = (highs, lows, closes)
    }

    /// How many candles it has.
    public var count: Int { closes.count }

    /// The newest `count` rows; itself when it has no more.
    public func newest(_ count: Int) -> PriceHistory {
        guard count < self.count else { return self }
        return PriceHistory(
            highs: Array(highs.suffix(count)), lows: Array(lows.suffix(count)), closes: Array(closes.suffix(count)))
    }
}
