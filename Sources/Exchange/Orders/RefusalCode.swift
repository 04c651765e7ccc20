/// Why an exchange declined an order: its own word, kept as sent, because the list is not closed.
public struct RefusalCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let insufficientFund = RefusalCode(rawValue: "INSUFFICIENT_FUND")
    public static let invalidSizePrecision = RefusalCode(rawValue: "INVALID_SIZE_PRECISION")
    public static let invalidPricePrecision = RefusalCode(rawValue: "INVALID_PRICE_PRECISION")
    public static let invalidLimitPrice = RefusalCode(rawValue: "INVALID_LIMIT_PRICE")
    /// A post-only order would have taken: reprice one increment away and send it as a new attempt.
    public static let wouldCross = RefusalCode(rawValue: "INVALID_LIMIT_PRICE_POST_ONLY")
    /// Also below the minimum or above the maximum size: Coinbase has no word of its own for these.
    public static let invalidRequest = RefusalCode(rawValue: "INVALID_REQUEST")
    public static let invalidProduct = RefusalCode(rawValue: "INVALID_PRODUCT_ID")
    public static let unsupportedConfiguration = RefusalCode(rawValue: "UNSUPPORTED_ORDER_CONFIGURATION")
    public static let orderEntryDisabled = RefusalCode(rawValue: "ORDER_ENTRY_DISABLED")
    public static let untradableProduct = RefusalCode(rawValue: "UNTRADABLE_PRODUCT")
}
