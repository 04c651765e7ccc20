import Documents
import Trading

/// A bot's stored signal configuration as the edit form gets it: complete, so that saving the form changes nothing.
///
/// The form knows `rsi`, `moving_average`, `macd` and `trading_thresholds` alone, and fills in what is missing with
/// defaults that enable a signal. So all four are there, each member with what an evaluation takes it for: a signal is
/// disabled unless it says otherwise, weighs 0 unless it says more, and another spelling of a name counts. Members that
/// the form does not know stay. What cannot be read enables nothing.
struct SignalConfigReading: Sendable, Equatable {
    /// An object.
    let value: JSONValue

    var json: RawJSON { RawJSON(JSONText.of(value)) }

    init(_ text: String) {
        var members = StoredSignalConfig(text).members
        for name in SignalName.allCases {
            members[name.rawValue] = .object(Self.signal(name, members[name.rawValue]))
        }
        let thresholds = StoredSignalConfig.thresholdsName
        members[thresholds] = .object(
            Self.complete(
                Self.members(of: members[thresholds]), SignalConfigField.thresholds))
        value = .object(members)
    }

    /// Whether a client sends back what it was shown. Browsers write 1 for 1.0.
    func isShown(as given: JSONValue) -> Bool { value.withoutIntegers == given.withoutIntegers }

    private static func signal(_ name: SignalName, _ stored: JSONValue?) -> [String: JSONValue] {
        let fields = SignalConfigField.all(of: name)
        var signal = complete(members(of: stored), fields)
        if signal["enabled"] == .flag(true) { return signal }
        signal["enabled"] = .flag(false)
        guard !SignalConfigBody.accepts(.object(signal), as: name) else { return signal }
        // Nothing reads the numbers of a disabled signal, so those that the form could not save mean nothing.
        for field in fields { signal[field.name] = field.fallback }
        return signal
    }

    private static func members(of value: JSONValue?) -> [String: JSONValue] {
        if case .object(let members)? = value { members } else { [:] }
    }

    /// The first name of a field that has a value counts.
    private static func complete(
        _ stored: [String: JSONValue], _ fields: [SignalConfigField]
    ) -> [String: JSONValue] {
        var members = stored
        for field in fields {
            let values = ([field.name] + field.aliases).compactMap { stored[$0] }
            for alias in field.aliases { members[alias] = nil }
            members[field.name] = values.first { $0 != .null } ?? field.fallback
        }
        return members
    }
}

extension JSONValue {
    /// The same with every whole number as any other number.
    fileprivate var withoutIntegers: JSONValue {
        switch self {
        case .integer(let integer): .number(Double(integer))
        case .list(let elements): .list(elements.map(\.withoutIntegers))
        case .object(let members): .object(members.mapValues(\.withoutIntegers))
        case .null, .flag, .number, .text: self
        }
    }
}
