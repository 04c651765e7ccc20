import Foundation
import Trading

/// A bot's signals and thresholds as a client set them, checked, in the form in which the Python application stores
/// them: numbers that were given with a point are stored with one, defaults as they stand in its classes.
struct SignalConfigBody: Sendable {
    private enum Thresholds: Sendable {
        case notGiven
        case removed
        case given([Field])
    }

    /// A name, and a value as JSON text.
    private typealias Field = (name: String, value: String)

    private let signals: [Signal]
    private let thresholds: Thresholds

    private struct Signal: Sendable {
        let name: SignalName
        /// Nil for null.
        let fields: [Field]?
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

    /// Whether a client may set a signal so, when no other counts.
    static func accepts(_ value: JSONValue, as name: SignalName) -> Bool {
        var signals = Dictionary(uniqueKeysWithValues: SignalName.allCases.map { ($0.rawValue, JSONValue.null) })
        signals[name.rawValue] = value
        var reader = BodyReader(["config": .object(signals)])
        return read("config", from: &reader) != nil
    }

    private init(_ reader: inout BodyReader) {
        signals = [Self.rsi(&reader), Self.movingAverage(&reader), Self.macd(&reader)]
        thresholds = Self.thresholds(&reader)
    }

    /// The text to store.
    /// - Parameter stored: what stays of it: thresholds when none were given, and members that a client cannot set.
    func text(keeping stored: StoredSignalConfig?) -> String {
        let members = stored?.members ?? [:]
        var fields: [Field] = signals.map { signal in
            let known = SignalConfigField.all(of: signal.name).flatMap { [$0.name] + $0.aliases }
            let others = Self.others(members[signal.name.rawValue], than: known)
            return (signal.name.rawValue, signal.fields.map { SpacedJSON.object($0 + others) } ?? "null")
        }
        let thresholdsName = StoredSignalConfig.thresholdsName
        switch thresholds {
        case .given(let given):
            let others = Self.others(members[thresholdsName], than: Self.thresholdNames)
            fields.append((thresholdsName, SpacedJSON.object(given + others)))
        case .notGiven:
            if let kept = stored?.storedThresholds { fields.append((thresholdsName, SpacedJSON.text(of: kept))) }
        case .removed: break
        }
        let known = SignalName.allCases.map(\.rawValue) + [thresholdsName]
        return SpacedJSON.object(fields + Self.others(.object(members), than: known))
    }

    /// The members of a stored object that a client cannot set, by name.
    private static func others(_ stored: JSONValue?, than known: [String]) -> [Field] {
        guard case .object(let members)? = stored else { return [] }
        return members.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
            .map { ($0.key, SpacedJSON.text(of: $0.value)) }
    }

    // MARK: Signals

    private static func rsi(_ reader: inout BodyReader) -> Signal {
        signal(.rsi, standardWeight: 0.33, &reader) { reader in
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
        signal(.movingAverage, standardWeight: 0.33, &reader) { reader in
            let fast = reader.integer("fast_period", in: 2...200) ?? 10
            let slow = reader.integer("slow_period", in: 2...200) ?? 20
            requireOrder("fast_period", Double(fast), "slow_period", Double(slow), &reader)
            return [("fast_period", "\(fast)"), ("slow_period", "\(slow)")]
        }
    }

    private static func macd(_ reader: inout BodyReader) -> Signal {
        signal(.macd, standardWeight: 0.34, &reader) { reader in
            let fast = reader.integer("fast_period", in: 2...50) ?? 12
            let slow = reader.integer("slow_period", in: 2...100) ?? 26
            requireOrder("fast_period", Double(fast), "slow_period", Double(slow), &reader)
            let signal = reader.integer("signal_period", in: 2...50) ?? 9
            return [("fast_period", "\(fast)"), ("slow_period", "\(slow)"), ("signal_period", "\(signal)")]
        }
    }

    /// A signal that is missing has the defaults of its class; one that is null is stored as null, and counts nothing.
    private static func signal(
        _ name: SignalName, standardWeight: Double, _ reader: inout BodyReader,
        _ rest: (inout BodyReader) -> [Field]
    ) -> Signal {
        let key = name.rawValue
        if reader[key] == .null { return Signal(name: name, fields: nil, weight: 0) }
        var fields = reader[key] == nil ? BodyReader([:]) : reader.object(key) ?? BodyReader([:])
        let isEnabled = fields.flag("enabled") ?? true
        let weight = fields.number("weight", in: 0...1) ?? standardWeight
        let all: [Field] = [("enabled", "\(isEnabled)"), ("weight", "\(weight)")] + rest(&fields)
        reader.add(fields.issues)
        return Signal(name: name, fields: all, weight: isEnabled ? weight : 0)
    }

    private static func requireOrder(
        _ low: String, _ lowest: Double, _ high: String, _ highest: Double, _ reader: inout BodyReader
    ) {
        guard reader.isSound(low), reader.isSound(high), highest <= lowest else { return }
        reader.add(.rule("\(high) must be greater than \(low)"), at: high, input: reader[high] ?? .number(highest))
    }

    // MARK: Thresholds

    private static let thresholdNames = ["buy_threshold", "sell_threshold", "optimization_applied", "applied_date"]
    /// Of a score; any finite number may be stored.
    private static let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

    private static func thresholds(_ reader: inout BodyReader) -> Thresholds {
        let name = StoredSignalConfig.thresholdsName
        if reader[name] == .null { return .removed }
        guard var fields = reader.object(name) else { return .notGiven }
        let buy = fields.number("buy_threshold", in: anyNumber, .required)
        let sell = fields.number("sell_threshold", in: anyNumber, .required)
        let isOptimized = fields.flag("optimization_applied", .nullable)
        let date = fields.text("applied_date", .nullable)
        if let buy, let sell { requireOrder("buy_threshold", buy, "sell_threshold", sell, &fields) }
        reader.add(fields.issues)
        var stored: [Field] = [
            ("buy_threshold", "\(buy ?? 0)"), ("sell_threshold", "\(sell ?? 0)"),
        ]
        if let isOptimized { stored.append(("optimization_applied", "\(isOptimized)")) }
        if let date { stored.append(("applied_date", SpacedJSON.text(of: .text(date)))) }
        return .given(stored)
    }
}
