/// The Python system's word for a product's market. Raw values are stored and shown.
public enum TrendRegime: String, Sendable, Codable, CaseIterable {
    case strongTrending = "STRONG_TRENDING"
    case trending = "TRENDING"
    /// Known to thresholds and sizes; `TrendAnalysis` never finds it.
    case ranging = "RANGING"
    case choppy = "CHOPPY"

    /// - Parameter conviction: |strength| x confidence of the trend.
    init(conviction: Double) {
        self = conviction >= 0.4 ? .strongTrending : (conviction >= 0.15 ? .trending : .choppy)
    }

    /// How far from zero a score must be for a signal, under legacy scoring of a bot that detects trends; the bot's own
    /// thresholds do not count then. The score itself is enough.
    public var threshold: Double {
        switch self {
        case .strongTrending: 0.12
        case .trending: 0.08
        case .ranging: 0.05
        case .choppy: 0.03
        }
    }

    /// Its part in `LegacySizing`.
    var sizeFactor: Double {
        switch self {
        case .strongTrending: 1.5
        case .trending: 1.2
        case .ranging: 0.8
        case .choppy: 0.5
        }
    }
}
