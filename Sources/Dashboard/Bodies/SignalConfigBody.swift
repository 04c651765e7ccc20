import Foundation

/// A bot's signals and thresholds as a client set them, checked, in the form in which the Python application stores
/// them: numbers that were given with a point are stored with one, defaults as they stand in its classes.
struct SignalConfigBody: Sendable, Equatable {
    private enum Thresholds: Sendable, Equatable {
        case notGiven
        case removed
        /// JSON text.
        case given(String)
    }

    /// Names of the signals, with JSON text.
    private let signals: [Signal]
    private let thresholds: Thresholds

    private struct Signal: Sendable, Equatable {
        let name, text: String
        /// 0 when it is not enabled.
        let weight: Double
    }

    /// What a new bot has when nothing is said of its signals.
    static let standard = """
        {"rsi": {"enabled": true, "weight": 0.4, "period": 14, "buy_threshold": 30, "sell_threshold": 70}, \
        "moving_average": {"enabled": true, "weight": 0.35, "fast_period": 12, "slow_period": 26}, \
        "macd": {"enabled": true, "weight": 0.25, "fast_period": 12, "slow_period": 26, "signal_period": 9}, \
        "trading_thresholds": {"buy_threshold": -0.05, "sell_threshold": 0.05}}
        """

    /// What a new bot has when null is said of its signals: the defaults of the class.
    static let ofNull: String = {
        var reader = BodyReader([:])
        return SignalConfigBody(&reader).text(keeping: nil)
    }()

    /// Reads a member of a body; nil when it is missing, null or not sound, of which the reader has the issues.
    static func read(_ name: String, from body: inout BodyReader) -> SignalConfigBody? {
        guard var reader = body.object(name, .nullable) else { return nil }
        let config = SignalConfigBody(&reader)
        let weight = config.signals.map(\.weight).reduce(0, +)
        body.add(reader.issues)
        guard reader.issues.isEmpty else { return nil }
        guard weight <= 1 else {
            let total = String(format: "%.2f", weight)
            body.add(
                .rule("Total enabled signal weights (\(total)) cannot exceed 1.0"), at: name,
                input: body[name] ?? .null)
            return nil
        }
        return config
    }

    private init(_ reader: inout BodyReader) {
        signals = [Self.rsi(&reader), Self.movingAverage(&reader), Self.macd(&reader)]
        thresholds = Self.thresholds(&reader)
    }

    /// The text to store.
    /// - Parameter stored: thresholds that stay when none were given.
    func text(keeping stored: JSONValue?) -> String {
        var fields = signals.map { (name: $0.name, value: $0.text) }
        switch thresholds {
        case .given(let text): fields.append((Self.thresholdsName, text))
        case .notGiven: if let stored { fields.append((Self.thresholdsName, SpacedJSON.text(of: stored))) }
        case .removed: break
        }
        return SpacedJSON.object(fields)
    }

    // MARK: Signals

    private static func rsi(_ reader: inout BodyReader) -> Signal {
        signal("rsi", standardWeight: 0.33, &reader) { reader in
            let period = reader.integer("period", in: 2...100) ?? 14
            let buy = reader.number("buy_threshold", in: 0...100)
            let sell = reader.number("sell_threshold", in: 0...100)
            requireOrder("buy_threshold", buy ?? 30, "sell_threshold", sell ?? 70, &reader)
            return [
                ("period", "\(period)"), ("buy_threshold", buy.map { "\($0)" } ?? "30"),
                ("sell_threshold", sell.map { "\($0)" } ?? "70"),
            ]
        }
    }

    private static func movingAverage(_ reader: inout BodyReader) -> Signal {
        signal("moving_average", standardWeight: 0.33, &reader) { reader in
            let fast = reader.integer("fast_period", in: 2...200) ?? 10
            let slow = reader.integer("slow_period", in: 2...200) ?? 20
            requireOrder("fast_period", Double(fast), "slow_period", Double(slow), &reader)
            return [("fast_period", "\(fast)"), ("slow_period", "\(slow)")]
        }
    }

    private static func macd(_ reader: inout BodyReader) -> Signal {
        signal("macd", standardWeight: 0.34, &reader) { reader in
            let fast = reader.integer("fast_period", in: 2...50) ?? 12
            let slow = reader.integer("slow_period", in: 2...100) ?? 26
            requireOrder("fast_period", Double(fast), "slow_period", Double(slow), &reader)
            let signal = reader.integer("signal_period", in: 2...50) ?? 9
            return [("fast_period", "\(fast)"), ("slow_period", "\(slow)"), ("signal_period", "\(signal)")]
        }
    }

    /// A signal that is missing has the defaults of its class; one that is null is stored as null, and counts nothing.
    private static func signal(
        _ name: String, standardWeight: Double, _ reader: inout BodyReader,
        _ rest: (inout BodyReader) -> [(name: String, value: String)]
    ) -> Signal {
        if reader[name] == .null { return Signal(name: name, text: "null", weight: 0) }
        var fields = reader[name] == nil ? BodyReader([:]) : reader.object(name) ?? BodyReader([:])
        let isEnabled = fields.flag("enabled") ?? true
        let weight = fields.number("weight", in: 0...1) ?? standardWeight
        let all = [(name: "enabled", value: "\(isEnabled)"), (name: "weight", value: "\(weight)")] + rest(&fields)
        reader.add(fields.issues)
        return Signal(name: name, text: SpacedJSON.object(all), weight: isEnabled ? weight : 0)
    }

    private static func requireOrder(
        _ low: String, _ lowest: Double, _ high: String, _ highest: Double, _ reader: inout BodyReader
    ) {
        guard reader.isSound(low), reader.isSound(high), highest <= lowest else { return }
        reader.add(.rule("\(high) must be greater than \(low)"), at: high, input: reader[high] ?? .number(highest))
    }

    // MARK: Thresholds

    private static let thresholdsName = "trading_thresholds"
    /// Of a score; any finite number may be stored.
    private static let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

    private static func thresholds(_ reader: inout BodyReader) -> Thresholds {
        if reader[thresholdsName] == .null { return .removed }
        guard var fields = reader.object(thresholdsName) else { return .notGiven }
        let buy = fields.number("buy_threshold", in: anyNumber, .required)
        let sell = fields.number("sell_threshold", in: anyNumber, .required)
        let isOptimized = fields.flag("optimization_applied", .nullable)
        let date = fields.text("applied_date", .nullable)
        if let buy, let sell { requireOrder("buy_threshold", buy, "sell_threshold", sell, &fields) }
        reader.add(fields.issues)
        var stored: [(name: String, value: String)] = [
            ("buy_threshold", "\(buy ?? 0)"), ("sell_threshold", "\(sell ?? 0)"),
        ]
        if let isOptimized { stored.append(("optimization_applied", "\(isOptimized)")) }
        if let date { stored.append(("applied_date", SpacedJSON.text(of: .text(date)))) }
        return .given(SpacedJSON.object(stored))
    }
}
