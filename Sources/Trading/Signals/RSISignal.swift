/// Scores how far Wilder's RSI is from its middle: oversold is a buy (negative), overbought a sell (positive).
public struct RSISignal: Sendable, Equatable {
    /// Candles in the average, at least 2.
    public var period: Int
    /// At or below it the score is -0.5 or less. Between 0 and `sellThreshold`, exclusive.
    public var buyThreshold: Double
    /// At or above it the score is 0.5 or more. Below 100.
    public var sellThreshold: Double

    /// The defaults are Wilder's 14, 30 and 70. Checks no range: `SignalConfig` does.
    public init(period: Int = 14, buyThreshold: Double = 30, sellThreshold: Double = 70) {
        self.period = period
        self.buyThreshold = buyThreshold
        self.sellThreshold = sellThreshold
    }

    /// -1 to 1 (domain rules 1.1), or `nil` with fewer than period + 1 candles.
    public func score(_ history: PriceHistory) -> Double? {
        guard history.count > period else { return nil }
        return Indicators.rsi(history.closes, period: period).last.map(score(ofRSI:))
    }

    /// The score of an RSI between 0 and 100.
    func score(ofRSI rsi: Double) -> Double {
        if rsi <= buyThreshold { return -0.5 - 0.5 * (buyThreshold - rsi) / buyThreshold }
        if rsi >= sellThreshold { return 0.5 + 0.5 * (rsi - sellThreshold) / (100 - sellThreshold) }
        return (rsi - buyThreshold) / (sellThreshold - buyThreshold) - 0.5
    }
}
