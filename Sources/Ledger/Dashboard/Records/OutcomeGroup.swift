public import Trading

/// What the predictions of one signal, pair and regime came to.
public struct OutcomeGroup: Sendable, Equatable {
    public let pair: String
    /// As stored; nil where regimes are not told apart.
    public let regime: String?
    public let signal: SignalName
    public let outcomes: SignalOutcomes
}
