import Foundation

/// Scores the MACD against its signal line, against zero, and by its momentum in units of the average true range, so
/// that a product's price level does not matter. Rising momentum is a buy (negative).
public struct MACDSignal: Sendable, Equatable {
    /// Candles in the fast mean, at least 2 and below `slow`.
    public var fast: Int
    /// Candles in the slow mean, above `fast`.
    public var slow: Int
    /// Values in the mean of the MACD line, at least 2.
    public var signal: Int

    /// The defaults are Appel's 12, 26 and 9. Checks no range: `SignalConfig` does.
    public init(fast: Int = 12, slow: Int = 26, signal: Int = 9) {
        self.fast = fast
        self.slow = slow
        self.signal = signal
    }

    /// Fewer candles give no score.
    var leastCandles: Int { slow + signal + 5 }

    /// -1 to 1 ("v2" of domain rules 1.1), or `nil` with fewer than slow + signal + 5 candles.
    public func score(_ history: PriceHistory) -> Double? {
        guard history.count >= leastCandles, let close = history.closes.last else { return nil }
        let macd = Indicators.macd(history.closes, fast: fast, slow: slow, signal: signal)
        let last = history.count - 1
        let negligible = 1e-12 * close
        func sign(_ value: Double) -> Double { abs(value) <= negligible ? 0 : (value > 0 ? 1 : -1) }
        let range = Indicators.atr(history, period: 14)[last]
        let momentum = macd.histogram[last] - macd.histogram[last - 1]
        // Also without any range yet: short settings are ready before 15 candles are there.
        let pull = range > negligible ? tanh(20 * momentum / range) : 0
        let score = -0.4 * sign(macd.histogram[last]) - 0.3 * sign(macd.line[last]) - 0.3 * pull
        // A NaN must come out as NaN, which `min` and `max` do not promise.
        return score.isFinite ? max(-1, min(1, score)) : .nan
    }
}
