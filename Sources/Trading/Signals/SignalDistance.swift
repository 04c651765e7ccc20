/// How far a combined score is from a signal, as the Python system's pages say it. No rule acts on it.
public struct SignalDistance: Sendable, Equatable {
    /// The score at which a bot is hot.
    static let hotScore = 0.08
    /// The Python system's first threshold, which only these numbers still know.
    private static let fullScore = 0.3

    /// |score| / 0.3, above 1 beyond it; 1 for a score of 0.
    public let toSignal: Double
    /// |score| / 0.3, at most 1.
    public let strength: Double
    /// What is missing to the score at which a bot is hot; 0 beyond it.
    public let toThreshold: Double

    /// - Parameter score: from -1 (buy) to 1 (sell).
    public init(score: Double) {
        let magnitude = abs(score)
        toSignal = magnitude == 0 ? 1 : magnitude / Self.fullScore
        strength = min(magnitude / Self.fullScore, 1)
        toThreshold = max(0, Self.hotScore - magnitude)
    }
}
