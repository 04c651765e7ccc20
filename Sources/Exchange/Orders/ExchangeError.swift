/// Everything that can go wrong between the fleet and an exchange, its market files and the market data cache.
public enum ExchangeError: Error, Equatable, Sendable {
    /// The exchange declined the order. Never retried: the same order would be declined again.
    case refused(RefusalCode, message: String)
    /// Too many requests: HTTP 429, or no token. Nothing was done.
    case rateLimited(retryAfter: Duration)
    /// No answer from the exchange or the Redis that holds its state, or 5xx to a request that only reads.
    case unavailable(during: String, reason: String)
    /// An order was sent and the answer is missing: it may or may not exist.
    case outcomeUnknown(ClientOrderID, reason: String)
    /// The credentials are wrong or lack a scope.
    case unauthorized(reason: String)
    /// The exchange does not know the order or product.
    case notFound(what: String)
    /// An answer or stored value that cannot be read.
    case unreadable(what: String, reason: String)
    /// A file of the offline market is missing or damaged.
    case marketFile(path: String, line: Int?, reason: String)
    /// An amount beyond what exact arithmetic holds, or a setting that makes no sense.
    case invalid(what: String, reason: String)
}

extension ExchangeError: CustomStringConvertible {
    /// What happened and what to do, in sentences.
    public var description: String {
        switch self {
        case .refused(let code, let message):
            "The exchange refused the order with \(code): \(message). Change the order; sending it again does not help."
        case .rateLimited(let wait):
            "The exchange allows no request now. Try again in \(wait)."
        case .unavailable(let operation, let reason):
            "The exchange could not answer \(operation): \(reason). Try again later; nothing was changed."
        case .outcomeUnknown(let id, let reason):
            """
            It is unknown whether order \(id) exists: \(reason). Look for it in the product's orders before sending it \
            again, with the same id.
            """
        case .unauthorized(let reason):
            "The exchange refused the credentials: \(reason). Check the key's name, secret and scopes."
        case .notFound(let what):
            "The exchange does not know \(what). Check the id, and that it belongs to this account."
        case .unreadable(let what, let reason):
            "\(what) cannot be read: \(reason). Delete it if it is ours; report it if it came from the exchange."
        case .marketFile(let path, let line, let reason):
            "\(path)\(line.map { ":\($0)" } ?? ""): \(Self.clause(reason)). "
                + "Make it again with ops/demo/convert_market.py."
        case .invalid(let what, let reason):
            "\(what) is not usable: \(reason). Correct the value."
        }
    }
}

extension ExchangeError {
    /// Texts of the system and of decoders end with a full stop or without.
    private static func clause(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

    /// Whether the same call may succeed later and is safe to repeat as it is. Not so for `outcomeUnknown`: look first.
    public var isTransient: Bool {
        switch self {
        case .rateLimited, .unavailable: true
        case .refused, .outcomeUnknown, .unauthorized, .notFound, .unreadable, .marketFile, .invalid: false
        }
    }
}
