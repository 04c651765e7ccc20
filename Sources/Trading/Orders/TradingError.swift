/// Everything that can go wrong in the trading domain. Market conditions are no errors: they are reason codes.
public enum TradingError: Error, Equatable, Sendable {
    /// Text that is not a plain decimal number.
    case amountNotDecimal(text: String)
    /// The result of `operation` does not fit an `Amount`.
    case amountOutOfRange(operation: String)
    case divisionByZero(operation: String)
    /// A rounding increment that is zero or negative.
    case incrementNotPositive(increment: String)
    /// Text that is not `BASE-QUOTE`.
    case productIDMalformed(text: String)
    /// `field` is a path into the bot's signal configuration, such as `rsi.period`; empty for the whole text.
    case signalConfigInvalid(field: String, problem: String, remedy: String)
    /// A move that `OrderState` does not allow.
    case orderMoveRefused(clientOrderID: String, from: OrderState, to: OrderState)
    /// A number handed to `subject` that is not finite, or outside the range it documents.
    case valueOutOfRange(subject: String, problem: String, remedy: String)
}

extension TradingError: CustomStringConvertible {
    /// What is wrong and what would be right, in sentences; texts of callers are cut before they get here.
    public var description: String {
        switch self {
        case .amountNotDecimal(let text):
            "Amount: '\(text)' is not a decimal number. Use digits with an optional '-' and one '.', without exponent."
        case .amountOutOfRange(let operation):
            "Amount: \(operation) goes beyond 10^14 or \(Amount.maximumScale) decimals. Use smaller or shorter numbers."
        case .divisionByZero(let operation):
            "Amount: \(operation) divides by zero. Check the price or size that it divides by."
        case .incrementNotPositive(let increment):
            "Amount: the increment '\(increment)' is not above zero. Use the product's own increments."
        case .productIDMalformed(let text):
            "Product id: '\(text)' is not a trading pair. Write BASE-QUOTE in capitals, such as BTC-USD."
        case .signalConfigInvalid(let field, let problem, let remedy):
            "signal_config\(field.isEmpty ? "" : "." + field): \(problem). \(remedy)."
        case .orderMoveRefused(let clientOrderID, let from, let to):
            "Order \(clientOrderID): cannot go from \(from.rawValue) to \(to.rawValue). Read its stored state again."
        case .valueOutOfRange(let subject, let problem, let remedy):
            "\(subject): \(problem). \(remedy)."
        }
    }
}
