import Foundation

/// Scores two moving averages: the fast one above the slow one is a buy (negative), most of all just after crossing.
public struct MovingAverageSignal: Sendable, Equatable {
    /// Which average is taken; raw values are those of `ma_type` in the configuration.
    public enum Kind: String, Sendable, Codable {
        case simple = "sma"
        case exponential = "ema"
    }

    /// Candles in the fast average, at least 2 and below `slow`.
    public var fast: Int
    /// Candles in the slow average, above `fast`.
    public var slow: Int
    /// Applies to both averages.
    public var kind: Kind

    /// The defaults are those of a configuration that says nothing. Checks no range: `SignalConfig` does.
    public init(fast: Int = 10, slow: Int = 20, kind: Kind = .simple) {
        self.fast = fast
        self.slow = slow
        self.kind = kind
    }

    /// -1 to 1 (domain rules 1.1), or `nil` with fewer than slow + 1 candles.
    public func score(_ history: PriceHistory) -> Double? {
        guard history.count > slow else { return nil }
        let (fastBefore, fastNow) = newestTwo(history.closes, period: fast)
        let (slowBefore, slowNow) = newestTwo(history.closes, period: slow)
        let before = Self.comparison(fastBefore, slowBefore)
        let now = Self.comparison(fastNow, slowNow)
        if before <= 0, now > 0 { return -0.8 }
        if before >= 0, now < 0 { return 0.8 }
        return -tanh(0.1 * 100 * (fastNow - slowNow) / slowNow)
    }

    private func newestTwo(_ closes: [Double], period: Int) -> (before: Double, now: Double) {
        let last = closes.count - 1
        switch kind {
        case .simple:
            return (
                Indicators.mean(closes, endingAt: last - 1, count: period),
                Indicators.mean(closes, endingAt: last, count: period)
            )
        case .exponential:
            let average = Indicators.ema(closes, period: period)
            return (average[last - 1], average[last])
        }
    }

    /// -1, 0 or 1. Rounding alone must not look like a cross, so a relative 1e-12 counts as equal.
    private static func comparison(_ left: Double, _ right: Double) -> Int {
        if abs(left - right) <= 1e-12 * max(abs(left), abs(right)) { return 0 }
        return left > right ? 1 : -1
    }
}
