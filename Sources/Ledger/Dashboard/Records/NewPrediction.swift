public import Trading

/// What one signal predicts for a pair; becomes a row of `signal_predictions`.
public struct NewPrediction: Sendable, Equatable {
    /// Such as `BTC-USD`.
    public let pair: String
    /// Such as `TRENDING`; `UNKNOWN` without one.
    public let regime: String
    public let signal: SignalName
    /// -1 (buy) to 1 (sell).
    public let score: Double
    public let action: Action
    /// 0 to 1.
    public let confidence: Double

    /// Writes nothing; `Ledger.record(predictions:at:)` does.
    public init(
        pair: String, regime: String = "UNKNOWN", signal: SignalName, score: Double, action: Action, confidence: Double
    ) {
        self.pair = pair
        self.regime = regime
        self.signal = signal
        self.score = score
        self.action = action
        self.confidence = confidence
    }
}

extension EvaluationView {
    /// Of each signal that had a score.
    var predictions: [NewPrediction] {
        signals.filter { $0.problem == nil && !$0.readings.isEmpty }.map { signal in
            NewPrediction(
                pair: product.rawValue, regime: trend?.regime.rawValue ?? "UNKNOWN", signal: signal.name,
                score: signal.score, action: signal.action, confidence: signal.confidence)
        }
    }
}
