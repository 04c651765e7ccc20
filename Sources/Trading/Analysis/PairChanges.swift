/// How what the exchange lists differs from the pairs that are known.
public struct PairChanges: Sendable, Equatable {
    /// A pair that is known, as far as it can change.
    public struct Known: Sendable, Equatable {
        /// Such as `BTC-USD`.
        public let product: String
        /// The exchange's word when it was seen last.
        public let status: String?
        /// Whether it took no orders then.
        public let isTradingDisabled: Bool
        /// Whether it was switched off then.
        public let isDisabled: Bool

        /// Checks nothing.
        public init(product: String, status: String?, isTradingDisabled: Bool, isDisabled: Bool) {
            self.product = product
            self.status = status
            self.isTradingDisabled = isTradingDisabled
            self.isDisabled = isDisabled
        }
    }

    /// Listed and not known, in the exchange's order.
    public let found: [Product]
    /// Known, and with another status or flag than then.
    public let changed: [Product]
    /// Whether nothing was known at all.
    public let isFirst: Bool

    /// - Parameters:
    ///   - listed: all products of the exchange.
    ///   - known: one for each pair.
    public init(_ listed: [Product], known: [Known]) {
        let byProduct = Dictionary(known.map { ($0.product, $0) }, uniquingKeysWith: { first, _ in first })
        found = listed.filter { byProduct[$0.id.rawValue] == nil }
        changed = listed.filter { product in
            guard let known = byProduct[product.id.rawValue] else { return false }
            return known.status != product.status || known.isTradingDisabled != product.tradingDisabled
                || known.isDisabled != product.isDisabled
        }
        isFirst = known.isEmpty
    }

    /// New pairs against the dollar, of which people are told. Nothing is news where nothing was known.
    public var news: [Product] { isFirst ? [] : found.filter { $0.id.quote == PairScore.quote } }
}
