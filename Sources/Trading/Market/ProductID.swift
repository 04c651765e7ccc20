/// A trading pair such as BTC-USD: BTC is bought and sold, USD pays.
public struct ProductID: Sendable, Hashable, RawRepresentable {
    /// BASE-QUOTE, such as `BTC-USD`.
    public let rawValue: String

    /// `nil` unless it is BASE-QUOTE in capitals and digits, each 1 to 16 long, with one '-'.
    public init?(rawValue: String) {
        let parts = rawValue.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(ProductID.isCurrency) else { return nil }
        self.rawValue = rawValue
    }

    /// - Throws: `productIDMalformed` for what `init(rawValue:)` refuses; at most 40 characters of it are kept.
    public init(_ text: String) throws(TradingError) {
        guard let id = ProductID(rawValue: text) else { throw .productIDMalformed(text: String(text.prefix(40))) }
        self = id
    }

    private static func isCurrency(_ text: Substring.UTF8View) -> Bool {
        (1...16).contains(text.count)
            && text.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (48...57).contains($0) }
    }

    /// The currency whose amount is an order's size.
    public var base: String { String(rawValue.prefix { $0 != "-" }) }
    /// The currency in which the price is given.
    public var quote: String { String(rawValue.drop { $0 != "-" }.dropFirst()) }
}

extension ProductID: CustomStringConvertible {
    /// The same as `rawValue`.
    public var description: String { rawValue }
}

extension ProductID: Comparable {
    /// Alphabetical; breaks ties of plans, so that all workers order alike.
    public static func < (left: ProductID, right: ProductID) -> Bool { left.rawValue < right.rawValue }
}

extension ProductID: Codable {
    /// - Throws: `productIDMalformed` for a text that is none, beside the decoder's own errors.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text as it is.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
