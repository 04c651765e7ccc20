import Trading

/// A member of a stored signal, or of the thresholds, that the edit form knows.
struct SignalConfigField: Sendable {
    let name: String
    /// Other spellings of the name, which count where the name has no value.
    let aliases: [String]
    /// What an evaluation takes where there is no value.
    let fallback: JSONValue

    private init(_ name: String, or aliases: String..., fallback: JSONValue) {
        self.name = name
        self.aliases = aliases
        self.fallback = fallback
    }

    /// The members of a signal.
    static func all(of signal: SignalName) -> [SignalConfigField] { common + own(signal) }

    static let thresholds = [
        SignalConfigField("buy_threshold", fallback: .number(-0.05)),
        SignalConfigField("sell_threshold", fallback: .number(0.05)),
    ]

    private static let common = [
        SignalConfigField("enabled", fallback: .flag(false)), SignalConfigField("weight", fallback: .integer(0)),
    ]

    private static func own(_ signal: SignalName) -> [SignalConfigField] {
        switch signal {
        case .rsi:
            [
                SignalConfigField("period", fallback: .integer(14)),
                SignalConfigField("buy_threshold", or: "oversold", fallback: .integer(30)),
                SignalConfigField("sell_threshold", or: "overbought", fallback: .integer(70)),
            ]
        case .movingAverage:
            [
                SignalConfigField("fast_period", fallback: .integer(10)),
                SignalConfigField("slow_period", fallback: .integer(20)),
            ]
        case .macd:
            [
                SignalConfigField("fast_period", fallback: .integer(12)),
                SignalConfigField("slow_period", fallback: .integer(26)),
                SignalConfigField("signal_period", fallback: .integer(9)),
            ]
        }
    }
}
