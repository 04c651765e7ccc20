import Foundation

/// The Python system's scores, faults included, so that both can be compared on the same candles (domain rules 1.2).
/// Never trade on them: MACD here depends on the price level and a flat market is a sell.
enum LegacyScoring {
    /// A score and how sure the old system was of it, 0 to 1. Too few candles: both 0, and the weight still counts.
    struct Opinion: Equatable {
        var score: Double
        var confidence: Double
        /// What the signal alone would do; only shown.
        var action = Action.hold
        /// What the score was made from, in the order in which it is shown; empty with too few candles.
        var readings: [SignalReading] = []
        /// Why there is no score although the candles suffice.
        var problem: String?

        static let none = Opinion(score: 0, confidence: 0)
    }

    /// A score at least this far from zero is what one signal alone acts on.
    private static let actionScore = 0.2

    /// - Parameter inclusive: whether the distance itself is enough.
    private static func action(_ score: Double, inclusive: Bool = true) -> Action {
        guard abs(score) > actionScore || (inclusive && abs(score) == actionScore) else { return .hold }
        return score < 0 ? .buy : .sell
    }

    static func opinion(of signal: RSISignal, on closes: [Double]) -> Opinion {
        guard closes.count > signal.period else { return .none }
        var (gain, loss) = (0.0, 0.0)
        for index in (closes.count - signal.period)..<closes.count {
            let change = closes[index] - closes[index - 1]
            gain += max(change, 0)
            loss += max(-change, 0)
        }
        guard gain > 0 || loss > 0 else {
            return Opinion(score: 0, confidence: 0, problem: "RSI calculation failed")
        }
        let rsi = loss == 0 ? 100 : 100 - 100 / (1 + gain / loss)
        let score = max(-1, min(1, signal.score(ofRSI: rsi)))
        let isBetween = rsi > signal.buyThreshold && rsi < signal.sellThreshold
        return Opinion(
            score: score, confidence: isBetween ? abs(score) * 0.5 : abs(score),
            action: isBetween ? action(score, inclusive: false) : (rsi <= signal.buyThreshold ? .buy : .sell),
            readings: [SignalReading("rsi_value", rsi)] + signal.settings)
    }

    static func opinion(of signal: MovingAverageSignal, on closes: [Double]) -> Opinion {
        guard closes.count > signal.slow else { return .none }
        let last = closes.count - 1
        func mean(_ period: Int, _ index: Int) -> Double { Indicators.mean(closes, endingAt: index, count: period) }
        let (fast, slow) = (mean(signal.fast, last), mean(signal.slow, last))
        let (fastBefore, slowBefore) = (mean(signal.fast, last - 1), mean(signal.slow, last - 1))
        let separation = (fast - slow) / slow * 100
        let readings =
            [SignalReading("fast_ma", fast), SignalReading("slow_ma", slow)] + signal.settings
            + [SignalReading("separation_pct", separation)]
        func opinion(_ score: Double, _ confidence: Double) -> Opinion {
            Opinion(score: score, confidence: confidence, action: action(score), readings: readings)
        }
        if fastBefore <= slowBefore, fast > slow { return opinion(-0.8, 0.9) }
        if fastBefore >= slowBefore, fast < slow { return opinion(0.8, 0.9) }
        let score = -tanh(0.1 * separation)
        return opinion(score, abs(score) >= actionScore ? min(abs(score), 0.7) : 0.3 * abs(score))
    }

    static func opinion(of signal: MACDSignal, on closes: [Double]) -> Opinion {
        guard closes.count >= signal.leastCandles else { return .none }
        let line = zip(weightedMean(closes, span: signal.fast), weightedMean(closes, span: signal.slow)).map { $0 - $1 }
        let signalLine = weightedMean(line, span: signal.signal)
        let histogram = zip(line, signalLine).map { $0 - $1 }
        let last = line.count - 1
        let momentum = histogram[last] - histogram[last - 1]
        let sum = (histogram[last] > 0 ? -0.4 : 0.4) + (line[last] > 0 ? -0.3 : 0.3) - 0.3 * tanh(momentum * 1000)
        let score = max(-1, min(1, sum))
        let confidence = min(
            min(abs(histogram[last]) * 100, 0.3) + min(abs(momentum) * 1000, 0.3), 0.8)
        return Opinion(
            score: score, confidence: abs(score) < actionScore ? confidence * 0.5 : confidence, action: action(score),
            readings: [
                SignalReading("macd_line", line[last]), SignalReading("signal_line", signalLine[last]),
                SignalReading("histogram", histogram[last]), SignalReading("histogram_momentum", momentum),
            ] + signal.settings)
    }

    /// Exponential mean weighted over the whole history. Steps and the constant case follow pandas' `ewm(adjust=True)`,
    /// because the sign of a difference near zero decides 0.6 of the score.
    private static func weightedMean(_ values: [Double], span: Int) -> [Double] {
        guard var mean = values.first else { return [] }
        let kept = 1 - 1 / (1 + Double(span - 1) / 2)
        var weight = 1.0
        var means = [mean]
        means.reserveCapacity(values.count)
        for value in values.dropFirst() {
            weight *= kept
            if mean != value { mean = (weight * mean + value) / (weight + 1) }
            weight += 1
            means.append(mean)
        }
        return means
    }
}
