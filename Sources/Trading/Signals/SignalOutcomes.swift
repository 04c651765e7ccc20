/// How a prediction came out. Raw values are stored.
public enum PredictionOutcome: String, Sendable, CaseIterable {
    case truePositive = "true_positive"
    case trueNegative = "true_negative"
    case falsePositive = "false_positive"
    case falseNegative = "false_negative"

    /// A price that moves less than this, in percent, has stayed where it was.
    public static let stillPercent = 1.0

    /// A BUY is right when the price rose afterwards and a SELL when it fell; a HOLD when it stayed within one percent.
    /// - Parameter change: of the price over the time that the prediction was for, in percent.
    public init(of action: Action, change: Double) {
        self =
            switch action {
            case .buy: change > 0 ? .truePositive : .falsePositive
            case .sell: change < 0 ? .truePositive : .falsePositive
            case .hold: abs(change) < Self.stillPercent ? .trueNegative : .falseNegative
            }
    }
}

/// What a signal's predictions of one pair came to, counted.
public struct SignalOutcomes: Sendable, Equatable {
    /// Predictions whose outcome is known.
    public var total = 0
    /// Outcomes of all of them.
    public var truePositives = 0, trueNegatives = 0, falseNegatives = 0
    /// Predictions of BUY or SELL, and how many of these were true positives.
    public var directional = 0, directionalHits = 0
    /// Mean of the confidences, 0 to 1.
    public var meanConfidence = 0.0
    /// Mean gain of the trades that followed, in USD; a prediction without a trade counts as 0.
    public var meanProfit = 0.0

    /// None.
    public init() {}

    /// Share of all predictions that were right, 0 to 1; 0 without any.
    public var accuracy: Double { Self.share(truePositives + trueNegatives, of: total) }
    /// Share of BUY and SELL that were right, 0 to 1; 0 without any. A HOLD is no part of it.
    public var precision: Double { Self.share(directionalHits, of: directional) }
    /// Share of what should have been predicted that was, 0 to 1; 0 without any.
    public var recall: Double { Self.share(truePositives, of: truePositives + falseNegatives) }

    /// What a weight is made from, 0 to 1: accuracy counts 0.45, the mean confidence 0.25 and the mean gain 0.3, which
    /// counts in full from one dollar on and not at all for a loss.
    ///
    /// The recorded updates fix 0.45 for predictions that were all right, and 0.25; none of them has a gain.
    public var score: Double {
        0.45 * accuracy + 0.25 * min(max(meanConfidence, 0), 1) + 0.3 * min(max(meanProfit, 0), 1)
    }

    private static func share(_ part: Int, of all: Int) -> Double { all > 0 ? Double(part) / Double(all) : 0 }
}
