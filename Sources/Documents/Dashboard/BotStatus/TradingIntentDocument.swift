/// What a bot would do next.
public struct TradingIntentDocument: Encodable, Sendable {
    let action: String
    let strength, confidence, distance: Double

    /// - Parameters:
    ///   - action: `buy`, `sell` or `hold`.
    ///   - strength: of the score, 0 to 1.
    ///   - confidence: of the evaluation, 0 to 1.
    ///   - distance: what the score lacks to be hot.
    public init(action: String, strength: Double, confidence: Double, distance: Double) {
        self.action = action
        self.strength = strength
        self.confidence = confidence
        self.distance = distance
    }

    enum CodingKeys: String, CodingKey {
        case action = "next_action"
        case strength = "signal_strength"
        case confidence
        case distance = "distance_to_threshold"
    }
}
