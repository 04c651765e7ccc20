/// How near a bot is to a trade, by the distance of its score from zero; only shown. Raw values are what the API says.
public enum Temperature: String, Sendable, Codable, CaseIterable {
    case hot = "HOT"
    case warm = "WARM"
    case cool = "COOL"
    case frozen = "FROZEN"

    /// The bands of the Python system that its pages show: 0.08, 0.03 and 0.005, each inclusive. A score that is no
    /// number is frozen.
    public init(score: Double) {
        self =
            switch abs(score) {
            case SignalDistance.hotScore...: .hot
            case 0.03...: .warm
            case 0.005...: .cool
            default: .frozen
            }
    }
}
