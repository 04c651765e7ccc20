import Documents
import Foundation
import JobQueue
import Trading

/// What a bot's row holds of its signals, for people: the object as it is stored, and the thresholds in it.
struct StoredSignalConfig: Sendable, Equatable {
    /// One JSON object; empty for text that holds none.
    let object: String
    /// Its members, with signals and thresholds under the names that the edit form knows. Of several spellings of one
    /// the first counts that counts for an evaluation.
    let members: [String: JSONValue]

    static let thresholdsName = "trading_thresholds"

    /// - Parameter text: of the column; a JSON object, or a JSON string that holds one.
    init(_ text: String) {
        var (text, value) = (text, Self.value(of: text))
        if case .text(let inner)? = value { (text, value) = (inner, Self.value(of: inner)) }
        guard case .object(let members)? = value else {
            (object, self.members) = ("{}", [:])
            return
        }
        object = text
        var named: [String: JSONValue] = [:]
        for key in SignalConfig.readingOrder(members.keys) {
            let name = Self.name(of: key)
            if named[name] == nil { named[name] = members[key] }
        }
        self.members = named
    }

    private static func name(of key: String) -> String {
        if let signal = SignalName(configKey: key) { return signal.rawValue }
        return key.lowercased() == thresholdsName ? thresholdsName : key
    }

    /// As stored; nil for none.
    var storedThresholds: JSONValue? {
        if case .object? = members[Self.thresholdsName] { members[Self.thresholdsName] } else { nil }
    }

    var json: RawJSON { RawJSON(object) }

    /// With -0.05 and 0.05 for what is not stored.
    var thresholds: BotDocument.Thresholds {
        var members: [String: JSONValue] = [:]
        if case .object(let stored)? = storedThresholds { members = stored }
        var (isOptimized, date): (Bool?, String?)
        if case .flag(let flag)? = members["optimization_applied"] { isOptimized = flag }
        if case .text(let text)? = members["applied_date"] { date = text }
        return BotDocument.Thresholds(
            buy: Self.number(members["buy_threshold"]) ?? -0.05, sell: Self.number(members["sell_threshold"]) ?? 0.05,
            isOptimized: isOptimized, appliedOn: date)
    }

    private static func number(_ value: JSONValue?) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    private static func value(of text: String) -> JSONValue? {
        // What cannot be shown as JSON is not read as JSON either.
        guard JSONSyntax.problem(in: text.utf8, depthLimit: 64) == nil else { return nil }
        return try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }
}
