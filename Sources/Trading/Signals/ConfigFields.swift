/// One object inside a signal configuration, read field by field; errors name the field's path.
struct ConfigFields {
    /// Where the object stands, such as `rsi`.
    let path: String
    let fields: [String: ConfigValue]

    /// Null and a missing object read as an empty one.
    init(_ value: ConfigValue?, path: String) throws(TradingError) {
        self.path = path
        switch value {
        case .none, .null: fields = [:]
        case .object(let fields): self.fields = fields
        case .flag, .number, .text, .list:
            throw .signalConfigInvalid(
                field: path, problem: "\(value?.description ?? "nothing") is not an object",
                remedy: "Write {...} or null")
        }
    }

    /// Missing and null mean false.
    func flag(_ key: String) throws(TradingError) -> Bool {
        switch fields[key] {
        case .none, .null: return false
        case .flag(let flag): return flag
        case .some(let other): throw invalid(key, "\(other.description) is not true or false", "Write true or false")
        }
    }

    /// The first of `keys` that is present and not null.
    func number(_ keys: String..., default fallback: Double) throws(TradingError) -> Double {
        for key in keys {
            switch fields[key] {
            case .none, .null: continue
            case .number(let number) where number.isFinite: return number
            case .some(let other):
                throw invalid(key, "\(other.description) is not a number", "Write a plain JSON number")
            }
        }
        return fallback
    }

    /// A count of candles: a whole number, at least 2.
    func period(_ key: String, default fallback: Int) throws(TradingError) -> Int {
        let number = try number(key, default: Double(fallback))
        guard let period = Int(exactly: number), period >= 2, period <= 1_000_000 else {
            throw invalid(
                key, "\(ConfigValue.number(number).description) is no count of candles",
                "Use a whole number from 2; above 200 the signal finds too few candles")
        }
        return period
    }

    /// Missing and null mean `fallback`.
    func text(_ key: String, default fallback: String) throws(TradingError) -> String {
        switch fields[key] {
        case .none, .null: return fallback
        case .text(let text): return text
        case .some(let other): throw invalid(key, "\(other.description) is not text", "Write it in quotes")
        }
    }

    func invalid(_ key: String, _ problem: String, _ remedy: String) -> TradingError {
        .signalConfigInvalid(field: "\(path).\(key)", problem: problem, remedy: remedy)
    }
}
