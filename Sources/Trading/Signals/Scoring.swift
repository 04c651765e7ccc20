/// Which rules turn candles into scores.
public enum Scoring: String, Sendable, Codable, CaseIterable {
    /// The rules that trade.
    case v2
    /// The Python system's, for comparison only.
    case legacy

    /// Newest candles that an evaluation looks at: the Python system fetched 100.
    public var window: Int {
        switch self {
        case .v2: CandleSeries.window
        case .legacy: 100
        }
    }

    /// The scores of the enabled signals on the newest candles, and their blend.
    /// - Parameter window: how many candles; `self.window` unless another system is to be matched.
    public func blend(_ config: SignalConfig, on history: PriceHistory, window: Int? = nil) -> SignalBlend {
        let history = history.newest(window ?? self.window)
        switch self {
        case .v2:
            return SignalBlend(
                v2: [
                    config.rsi.map { SignalScore(.rsi, weight: $0.weight, score: $0.signal.score(history)) },
                    config.movingAverage.map {
                        SignalScore(.movingAverage, weight: $0.weight, score: $0.signal.score(history))
                    },
                    config.macd.map { SignalScore(.macd, weight: $0.weight, score: $0.signal.score(history)) },
                ].compactMap(\.self))
        case .legacy:
            func score(_ name: SignalName, _ weight: Double, _ opinion: LegacyScoring.Opinion) -> SignalScore {
                SignalScore(name, weight: weight, score: opinion.score, confidence: opinion.confidence)
            }
            let closes = history.closes
            return SignalBlend(
                legacy: [
                    config.rsi.map { score(.rsi, $0.weight, LegacyScoring.opinion(of: $0.signal, on: closes)) },
                    config.movingAverage.map {
                        score(.movingAverage, $0.weight, LegacyScoring.opinion(of: $0.signal, on: closes))
                    },
                    config.macd.map { score(.macd, $0.weight, LegacyScoring.opinion(of: $0.signal, on: closes)) },
                ].compactMap(\.self))
        }
    }
}
