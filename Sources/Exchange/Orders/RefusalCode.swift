/// Why an exchange declined an order: its own word, kept as sent, because the list is not closed.
public struct RefusalCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The exchange's word, as sent.
    public let rawValue: String
    /// Takes any word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The same as `rawValue`.
    public var description: String { rawValue }

    /// The account has less free than the order and its fees need.
    public static let insufficientFund = RefusalCode(rawValue: "INSUFFICIENT_FUND")
    /// The size is no multiple of the product's increment.
    public static let invalidSizePrecision = RefusalCode(rawValue: "INVALID_SIZE_PRECISION")
    /// The limit price is no multiple of the product's increment.
    public static let invalidPricePrecision = RefusalCode(rawValue: "INVALID_PRICE_PRECISION")
    /// The limit price is not above zero, or not acceptable otherwise.
    public static let invalidLimitPrice = RefusalCode(rawValue: "INVALID_LIMIT_PRICE")
    /// A post-only order would have taken: reprice one increment away and send it as a new attempt.
    public static let wouldCross = RefusalCode(rawValue: "INVALID_LIMIT_PRICE_POST_ONLY")
    /// Also below the minimum or above the maximum size: Coinbase has no word of its own for these.
    public static let invalidRequest = RefusalCode(rawValue: "INVALID_REQUEST")
    /// The exchange does not list the product.
    public static let invalidProduct = RefusalCode(rawValue: "INVALID_PRODUCT_ID")
    /// The product does not take this kind of order at present.
    public static let unsupportedConfiguration = RefusalCode(rawValue: "UNSUPPORTED_ORDER_CONFIGURATION")
    /// The product, or the account, takes no new orders at present.
    public static let orderEntryDisabled = RefusalCode(rawValue: "ORDER_ENTRY_DISABLED")
    /// The product is not trading at all.
    public static let untradableProduct = RefusalCode(rawValue: "UNTRADABLE_PRODUCT")
}
