/// One enabled signal's part in a blend.
public struct SignalScore: Sendable, Equatable {
    /// Which signal it is; each once in a blend.
    public let name: SignalName
    /// Finite, not negative; only its share of all weights counts.
    public let weight: Double
    /// -1 (buy) to 1 (sell); `nil` with too few candles; not finite when the arithmetic failed.
    public let score: Double?
    /// 0 to 1, only from legacy scoring.
    public let confidence: Double?

    /// - Parameter confidence: `nil` but for legacy scoring.
    public init(_ name: SignalName, weight: Double, score: Double?, confidence: Double? = nil) {
        self.name = name
        self.weight = weight
        self.score = score
        self.confidence = confidence
    }
}

/// The weighted mean of a bot's signals.
public struct SignalBlend: Sendable, Equatable {
    /// Enabled signals only: RSI, moving average, MACD, in this order.
    public let scores: [SignalScore]
    /// -1 (buy) to 1 (sell); 0 without any weight; NaN when a score that counts is not finite.
    public let combined: Double
    /// Weight of the signals that have a score over the weight of all enabled ones, 0 to 1.
    public let coverage: Double
    /// Mean confidence of all enabled signals, only from legacy scoring.
    public let confidence: Double?

    /// sum(w s) / sum(w) over the signals that are present (domain rules 1.1).
    public init(v2 scores: [SignalScore]) {
        var (enabled, present, sum) = (0.0, 0.0, 0.0)
        for signal in scores {
            enabled += signal.weight
            guard let score = signal.score else { continue }
            present += signal.weight
            sum += signal.weight * score
        }
        self.scores = scores
        combined = SignalBlend.quotient(sum, present)
        coverage = SignalBlend.quotient(present, enabled)
        confidence = nil
    }

    /// The same, but an absent signal counts as 0 with its weight, and every signal's confidence counts alike.
    public init(legacy scores: [SignalScore]) {
        var (enabled, sum, confidence) = (0.0, 0.0, 0.0)
        for signal in scores {
            enabled += signal.weight
            sum += signal.weight * (signal.score ?? 0)
            confidence += signal.confidence ?? 0
        }
        self.scores = scores
        combined = SignalBlend.quotient(sum, enabled)
        coverage = enabled > 0 ? 1 : 0
        self.confidence = enabled > 0 ? confidence / Double(scores.count) : 0
    }

    private static func quotient(_ sum: Double, _ weight: Double) -> Double { weight == 0 ? 0 : sum / weight }
}
