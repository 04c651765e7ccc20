import Foundation

/// Values that kombu's JSON marks with a type, as its decoder accepts them.
enum TypedValue {
    /// Whether a value can be what its type says.
    static func isValid(_ value: WireValue, as type: String) -> Bool {
        switch type {
        case "datetime", "date": value.string.map { ISOTime.milliseconds($0) != nil } ?? false
        case "time": value.string.map { ISOTime.milliseconds("2000-01-01T" + $0) != nil } ?? false
        case "decimal": value.string.map(isDecimal) ?? false
        case "uuid": value.object?["hex"]?.string.map(isUUID) ?? false
        case "base64": value.string.map { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) != nil } ?? false
        default: value.string != nil
        }
    }

    private static func isUUID(_ text: String) -> Bool {
        let digits = text.filter { $0 != "-" }
        return digits.count == 32 && digits.allSatisfy(\.isHexDigit)
    }

    private static func isDecimal(_ text: String) -> Bool {
        let plain = text.drop { $0 == "+" || $0 == "-" }.lowercased()
        return Double(plain) != nil && !plain.hasPrefix("0x") || plain.hasPrefix("snan") || plain.hasPrefix("nan")
    }
}
