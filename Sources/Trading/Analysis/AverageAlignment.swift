/// How a price and its moving averages of 5, 20 and 50 hours lie to each other. Raw values are stored and shown.
public enum AverageAlignment: String, Sendable, Codable, CaseIterable {
    case bullish = "BULLISH"
    case bearish = "BEARISH"
    case neutral = "NEUTRAL"

    private static let candles = 50

    /// - Parameter hourlyCloses: oldest first; fewer than 50 are neutral.
    init(hourlyCloses closes: [Double]) {
        guard closes.count >= Self.candles, let price = closes.last else {
            self = .neutral
            return
        }
        func mean(_ count: Int) -> Double { Indicators.mean(closes, endingAt: closes.count - 1, count: count) }
        let (short, medium, long) = (mean(5), mean(20), mean(Self.candles))
        self =
            if price > short, short > medium, medium > long {
                .bullish
            } else if price < short, short < medium, medium < long {
                .bearish
            } else if price > medium, short > medium {
                .bullish
            } else if price < medium, short < medium {
                .bearish
            } else {
                .neutral
            }
    }
}
