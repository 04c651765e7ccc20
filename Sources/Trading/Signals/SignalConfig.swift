/// A signal that a bot has enabled, and what it counts for.
public struct WeightedSignal<Signal: Sendable & Equatable>: Sendable, Equatable {
    /// Its settings, checked.
    public var signal: Signal
    /// Finite, not negative; only its share of the enabled weights matters.
    public var weight: Double

    /// Checks nothing; reading a configuration does.
    public init(_ signal: Signal, weight: Double) {
        self.signal = signal
        self.weight = weight
    }
}

/// A bot's signals, weights and thresholds, read from any of the stored dialects (domain rules 1.3).
///
/// A bot whose configuration throws goes to ERROR and never trades. Disabled signals are `nil`, and what they hold is
/// not checked. Keys other than the known ones inside a signal are ignored, as before.
public struct SignalConfig: Sendable, Equatable {
    /// `nil` when the bot has not enabled it.
    public var rsi: WeightedSignal<RSISignal>?
    /// `nil` when the bot has not enabled it.
    public var movingAverage: WeightedSignal<MovingAverageSignal>?
    /// `nil` when the bot has not enabled it.
    public var macd: WeightedSignal<MACDSignal>?
    /// A combined score at or below it is a BUY. Below `sellThreshold`.
    public var buyThreshold: Double
    /// A combined score at or above it is a SELL.
    public var sellThreshold: Double
    /// What was ignored, for people: unknown and duplicate signals first, in the order of reading.
    public private(set) var warnings: [String] = []

    /// The defaults enable no signal and buy at -0.05, sell at 0.05. Checks nothing.
    public init(
        rsi: WeightedSignal<RSISignal>? = nil, movingAverage: WeightedSignal<MovingAverageSignal>? = nil,
        macd: WeightedSignal<MACDSignal>? = nil, buyThreshold: Double = -0.05, sellThreshold: Double = 0.05
    ) {
        self.rsi = rsi
        self.movingAverage = movingAverage
        self.macd = macd
        self.buyThreshold = buyThreshold
        self.sellThreshold = sellThreshold
    }

    /// Reads a bot's stored text: a JSON object, `null` (nothing enabled), or a JSON string that holds either.
    /// - Throws: `signalConfigInvalid` with the path of the field.
    public init(json: String) throws(TradingError) {
        var value = try ConfigValue(json: json)
        if case .text(let inner) = value { value = try ConfigValue(json: inner) }
        try self.init(value)
    }

    init(_ value: ConfigValue) throws(TradingError) {
        self.init()
        let fields = try ConfigFields(value, path: "").fields
        var seen: Set<SignalName> = []
        for key in SignalConfig.readingOrder(fields.keys) {
            if key.lowercased() == "trading_thresholds" { continue }
            guard let name = SignalName(configKey: key) else {
                warnings.append("unknown signal: \(key.prefix(60))")
                continue
            }
            guard seen.insert(name).inserted else {
                warnings.append("duplicate signal: \(key.prefix(60))")
                continue
            }
            try read(name, from: ConfigFields(fields[key], path: key))
        }
        try readThresholds(fields)
        let weights = [rsi?.weight, movingAverage?.weight, macd?.weight].compactMap(\.self).reduce(0, +)
        // 0.4 + 0.35 + 0.25 may come out a rounding above 1.
        if weights > 1 + 1e-9 { warnings.append("enabled weights sum to \(weights), above 1") }
    }

    /// The keys of a configuration in the order in which they are read: lower-case ones first, then the others, each by
    /// code point. Of several aliases of a signal the first counts.
    public static func readingOrder(_ keys: some Sequence<String>) -> [String] {
        keys.map { (isOther: $0 != $0.lowercased(), key: $0) }
            .sorted { left, right in
                guard left.isOther == right.isOther else { return right.isOther }
                return left.key.unicodeScalars.lexicographicallyPrecedes(right.key.unicodeScalars)
            }
            .map(\.key)
    }

    private mutating func read(_ name: SignalName, from fields: ConfigFields) throws(TradingError) {
        guard try fields.flag("enabled") else { return }
        let weight = try fields.number("weight", default: 0)
        guard weight >= 0 else { throw fields.invalid("weight", "\(weight) is negative", "Use a number from 0 to 1") }
        switch name {
        case .rsi: rsi = WeightedSignal(try RSISignal(fields), weight: weight)
        case .movingAverage: movingAverage = WeightedSignal(try MovingAverageSignal(fields), weight: weight)
        case .macd: macd = WeightedSignal(try MACDSignal(fields), weight: weight)
        }
    }

    private mutating func readThresholds(_ fields: [String: ConfigValue]) throws(TradingError) {
        let key = SignalConfig.readingOrder(fields.keys).first { $0.lowercased() == "trading_thresholds" }
        let thresholds = try ConfigFields(key.flatMap { fields[$0] }, path: key ?? "trading_thresholds")
        buyThreshold = try thresholds.number("buy_threshold", default: -0.05)
        sellThreshold = try thresholds.number("sell_threshold", default: 0.05)
        guard buyThreshold < sellThreshold else {
            throw thresholds.invalid(
                "buy_threshold", "\(buyThreshold) is not below the sell threshold \(sellThreshold)",
                "A negative score means BUY: use something like -0.05 and 0.05")
        }
    }
}

extension RSISignal {
    fileprivate init(_ fields: ConfigFields) throws(TradingError) {
        self.init(
            period: try fields.period("period", default: 14),
            buyThreshold: try fields.number("buy_threshold", "oversold", default: 30),
            sellThreshold: try fields.number("sell_threshold", "overbought", default: 70))
        guard buyThreshold > 0, sellThreshold < 100, buyThreshold < sellThreshold else {
            throw fields.invalid(
                "buy_threshold", "\(buyThreshold) and \(sellThreshold) are not two levels between 0 and 100 in order",
                "Use something like 30 and 70")
        }
    }
}

extension MovingAverageSignal {
    fileprivate init(_ fields: ConfigFields) throws(TradingError) {
        let text = try fields.text("ma_type", default: "sma")
        guard let kind = Kind(rawValue: text.lowercased()) else {
            throw fields.invalid("ma_type", "'\(text.prefix(40))' is not known", "Use sma or ema")
        }
        self.init(
            fast: try fields.period("fast_period", default: 10), slow: try fields.period("slow_period", default: 20),
            kind: kind)
        guard fast < slow else {
            throw fields.invalid(
                "fast_period", "\(fast) is not below slow_period \(slow)", "Use something like 10 and 20")
        }
    }
}

extension MACDSignal {
    fileprivate init(_ fields: ConfigFields) throws(TradingError) {
        self.init(
            fast: try fields.period("fast_period", default: 12), slow: try fields.period("slow_period", default: 26),
            signal: try fields.period("signal_period", default: 9))
        guard fast < slow else {
            throw fields.invalid(
                "fast_period", "\(fast) is not below slow_period \(slow)", "Use something like 12 and 26")
        }
    }
}
