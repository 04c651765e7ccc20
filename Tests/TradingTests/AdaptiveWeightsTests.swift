import Testing

@testable import Trading

/// The recorded updates of `adaptive_weighting.update_all_eligible_bots`.
@Suite struct AdaptiveWeightsTests {
    private static let usual: [SignalName: Double] = [.rsi: 0.4, .movingAverage: 0.35, .macd: 0.25]

    /// All right, with a confidence.
    private static func right(_ total: Int, _ confidence: Double) -> SignalOutcomes {
        var outcomes = SignalOutcomes()
        (outcomes.total, outcomes.trueNegatives, outcomes.meanConfidence) = (total, total, confidence)
        return outcomes
    }

    struct Update: Sendable {
        let old: [SignalName: Double]
        let confidences: [SignalName: Double]
        let new: [SignalName: Double]
        let isSignificant: Bool
    }

    @Test(arguments: [
        Update(
            old: usual, confidences: [.rsi: 0.719549, .movingAverage: 0.449009, .macd: 0.582079],
            new: [.rsi: 0.35235308406789495, .movingAverage: 0.3145186925304697, .macd: 0.33312822340163545],
            isSignificant: true),
        Update(
            old: usual, confidences: [.rsi: 0.497626, .movingAverage: 0.563007, .macd: 0.361122],
            new: [.rsi: 0.3368086364872383, .movingAverage: 0.34639282706576247, .macd: 0.31679853644699935],
            isSignificant: true),
        Update(
            old: usual, confidences: [.rsi: 0.493362, .movingAverage: 0.77017, .macd: 0.476327],
            new: [.rsi: 0.32120550279774435, .movingAverage: 0.35997489586278947, .macd: 0.31881960133946624],
            isSignificant: true),
        Update(
            old: [.rsi: 0.5, .movingAverage: 0.5], confidences: [.rsi: 0.495129, .movingAverage: 0.45401899999999995],
            new: [.rsi: 0.5045184285057334, .movingAverage: 0.49548157149426664], isSignificant: false),
    ])
    func `weights are the shares of the scores, as recorded`(_ update: Update) throws {
        let weights = try AdaptiveWeights(
            old: update.old, outcomes: update.confidences.mapValues { Self.right(1, $0) }, hoursSinceUpdate: nil)
        #expect(Set(weights.new.keys) == Set(update.new.keys))
        for (name, weight) in update.new { #expect(abs((weights.new[name] ?? 0) - weight) < 1e-12) }
        #expect(weights.isSignificant == update.isSignificant)
    }

    @Test func `precision counts BUY and SELL alone`() {
        var outcomes = Self.right(2, 0.719549)
        (outcomes.truePositives, outcomes.trueNegatives) = (1, 1)
        (outcomes.directional, outcomes.directionalHits) = (2, 1)
        #expect(outcomes.accuracy == 1 && outcomes.precision == 0.5 && abs(outcomes.score - 0.62988725) < 1e-12)
        #expect(Self.right(1, 0.5).precision == 0 && SignalOutcomes().score == 0)
    }

    @Test func `gains and losses move a score only so far`() {
        var outcomes = Self.right(1, 7)
        outcomes.meanProfit = 1e9
        #expect(outcomes.score == 1)
        outcomes.meanProfit = -1e9
        #expect(abs(outcomes.score - 0.7) < 1e-12)
    }

    private func refusal(
        _ old: [SignalName: Double], _ outcomes: [SignalName: SignalOutcomes] = [:], hours: Double? = nil
    ) -> AdaptiveWeights.Refusal? {
        do {
            _ = try AdaptiveWeights(old: old, outcomes: outcomes, hoursSinceUpdate: hours)
            return nil
        } catch {
            return error
        }
    }

    @Test func `why weights stay is spelled as recorded`() {
        #expect(refusal([:])?.description == "No enabled signals found")
        let wanted = "Insufficient predictions: rsi: 0, moving_average: 0, macd: 0 (min 1)"
        #expect(refusal(Self.usual)?.description == wanted)
        #expect(refusal([.macd: 1])?.description == "Insufficient predictions: macd: 0 (min 1)")
        let outcomes: [SignalName: SignalOutcomes] = [.macd: Self.right(1, 0.5)]
        #expect(refusal([.macd: 1], outcomes, hours: 4.9) == .tooEarly(hours: 5))
        #expect(refusal([.macd: 1], outcomes, hours: 5) == nil && refusal([.macd: 1], outcomes, hours: -1) == nil)
    }

    @Test func `scores of zero leave the weights as they are`() throws {
        var wrong = SignalOutcomes()
        wrong.total = 3
        let weights = try AdaptiveWeights(old: [.rsi: 1], outcomes: [.rsi: wrong], hoursSinceUpdate: nil)
        #expect(weights.new == [.rsi: 1] && !weights.isSignificant && weights.confidence == 0)
    }

    @Test func `a prediction is right when the price went where it said`() {
        #expect(PredictionOutcome(of: .buy, change: 0.1) == .truePositive)
        #expect(PredictionOutcome(of: .buy, change: -0.1) == .falsePositive)
        #expect(PredictionOutcome(of: .sell, change: -0.1) == .truePositive)
        #expect(PredictionOutcome(of: .sell, change: 0) == .falsePositive)
        #expect(PredictionOutcome(of: .hold, change: -0.99) == .trueNegative)
        #expect(PredictionOutcome(of: .hold, change: 1) == .falseNegative)
        #expect(PredictionOutcome(of: .hold, change: .nan) == .falseNegative)
    }
}
