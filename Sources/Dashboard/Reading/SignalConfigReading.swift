import Documents
import Foundation
import Trading

/// A bot's stored signal configuration as one JSON object.
///
/// The edit form looks for `rsi`, `moving_average`, `macd` and `trading_thresholds` alone, while bots that were made
/// automatically have `RSI`: signals stand under the form's names, and of two spellings of one the first counts that
/// counts for an evaluation. What they hold stays as it is; text that is no object reads as none.
struct SignalConfigReading {
    let json: RawJSON

    init(_ text: String) {
        var named: [String: JSONValue] = [:]
        if case .object(let members) = Self.value(text) {
            for key in SignalConfig.readingOrder(members.keys) {
                let name = Self.name(of: key)
                if named[name] == nil { named[name] = members[key] }
            }
        }
        json = RawJSON(JSONText.of(JSONValue.object(named)))
    }

    /// Some programs store the object as a JSON string.
    private static func value(_ text: String) -> JSONValue? {
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        guard case .text(let inner) = value else { return value }
        return try? JSONDecoder().decode(JSONValue.self, from: Data(inner.utf8))
    }

    private static func name(of key: String) -> String {
        if let signal = SignalName(configKey: key) { return signal.rawValue }
        return key.lowercased() == "trading_thresholds" ? "trading_thresholds" : key
    }
}
