/// JSON as a value, for configuration text that people and three generations of programs have written.
enum ConfigValue: Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([ConfigValue])
    case object([String: ConfigValue])

    /// Text beyond it is refused unread.
    static let maximumBytes = 64 * 1024
    /// A configuration needs 2; anything deeper is refused rather than walked.
    static let maximumDepth = 8

    init(json: String) throws(TradingError) {
        guard json.utf8.count <= ConfigValue.maximumBytes else {
            throw .signalConfigInvalid(
                field: "", problem: "\(json.utf8.count) bytes are too many", remedy: "Keep it below 64 kB")
        }
        do throws(ConfigJSON.Refusal) {
            self = try ConfigJSON.value(of: json)
        } catch {
            throw .signalConfigInvalid(
                field: "", problem: "it is not JSON that can be read: \(error.problem), at byte \(error.at)",
                remedy: "Store one JSON object, such as {}")
        }
    }

    /// How an error message calls it.
    var description: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .text(let text): "the text '\(text.prefix(40))'"
        case .list: "a list"
        case .object: "an object"
        }
    }
}
