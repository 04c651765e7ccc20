/// The signals that a bot can weigh. Raw values are stored in the ledger and shown by the API.
public enum SignalName: String, Sendable, Codable, CaseIterable {
    case rsi
    case movingAverage = "moving_average"
    case macd

    /// The signal that a configuration key means in any dialect, whatever its case (domain rules 1.3).
    public init?(configKey: String) {
        switch configKey.lowercased() {
        case "rsi": self = .rsi
        case "moving_average", "ma", "ma_crossover": self = .movingAverage
        case "macd": self = .macd
        default: return nil
        }
    }
}
