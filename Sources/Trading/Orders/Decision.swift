/// What to do about a product.
public enum Action: String, Sendable, Codable, CaseIterable {
    case buy = "BUY"
    case sell = "SELL"
    case hold = "HOLD"

    /// `nil` for HOLD.
    public var side: Side? {
        switch self {
        case .buy: .buy
        case .sell: .sell
        case .hold: nil
        }
    }
}

/// A blend of scores turned into an action, before the bot's own gate (`ActionGate`) has a say.
public struct Decision: Sendable, Equatable {
    /// Why; raw values are stored.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// The score reached the buy or the sell threshold.
        case threshold = "THRESHOLD"
        case betweenThresholds = "BETWEEN_THRESHOLDS"
        /// Candles or quote are too old.
        case stale = "STALE"
        /// No enabled signal has a weight.
        case noWeight = "NO_WEIGHT"
        /// Less than half of the weight has a score.
        case lowCoverage = "LOW_COVERAGE"
        /// Legacy scoring only: mean confidence below 0.2.
        case lowConfidence = "LOW_CONFIDENCE"
        /// A score or a threshold is NaN or infinite.
        case notFinite = "NOT_FINITE"
        /// The cache is switched off, and nothing else is asked for the market.
        case cacheDisabled = "CACHE_DISABLED"
        /// Legacy scoring only: the bot cools down after a fill, or the account can neither buy nor sell. The Python
        /// system does not look at the market then.
        case blocked = "BLOCKED"
    }

    /// HOLD for every reason but `threshold`.
    public let action: Action
    /// `threshold` for BUY and SELL, else the first reason for a HOLD in the order in which `init` looks for them.
    public let reason: Reason
    /// The combined score, -1 (buy) to 1 (sell); 0 when it was not finite, so that it can be stored.
    public let score: Double
    /// 0 to 1.
    public let coverage: Double

    /// Whether the score says something of the market as it is: not on data that is old or missing.
    public var isScored: Bool {
        switch reason {
        case .threshold, .betweenThresholds, .noWeight, .lowConfidence: true
        case .lowCoverage: coverage > 0
        case .stale, .notFinite, .cacheDisabled, .blocked: false
        }
    }

    /// A HOLD for which nothing was scored.
    public init(holdingBecause reason: Reason) {
        (action, self.reason, score, coverage) = (.hold, reason, 0, 0)
    }

    /// Thresholds are inclusive; every doubt is a HOLD (domain rules 0 and 1.1).
    /// - Parameter isStale: of the candles or of the quote, whichever is older.
    public init(_ blend: SignalBlend, buyThreshold: Double, sellThreshold: Double, isStale: Bool) {
        let score = blend.combined
        let isFinite = [score, blend.coverage, blend.confidence ?? 0, buyThreshold, sellThreshold].allSatisfy(
            \.isFinite)
        self.score = score.isFinite ? score : 0
        coverage = blend.coverage.isFinite ? blend.coverage : 0
        (action, reason) =
            if !isFinite {
                (.hold, .notFinite)
            } else if isStale {
                (.hold, .stale)
            } else if !blend.scores.contains(where: { $0.weight > 0 }) {
                (.hold, .noWeight)
            } else if blend.coverage < 0.5 {
                (.hold, .lowCoverage)
            } else if let confidence = blend.confidence, confidence < 0.2 {
                (.hold, .lowConfidence)
            } else if score <= buyThreshold {
                (.buy, .threshold)
            } else if score >= sellThreshold {
                (.sell, .threshold)
            } else {
                (.hold, .betweenThresholds)
            }
    }
}
