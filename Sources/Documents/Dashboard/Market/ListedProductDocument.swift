/// A product of the exchange, with the fields and the spelling of the exchange's own list: numbers are text.
public struct ListedProductDocument: Encodable, Sendable {
    /// Steps and limits of orders, as decimal text.
    public struct Rules: Sendable {
        let baseIncrement, quoteIncrement, quoteMinSize, quoteMaxSize, baseMinSize, baseMaxSize, priceIncrement: String

        /// Plain decimal text.
        public init(
            baseIncrement: String, quoteIncrement: String, priceIncrement: String, baseMinSize: String,
            baseMaxSize: String, quoteMinSize: String, quoteMaxSize: String
        ) {
            self.baseIncrement = baseIncrement
            self.quoteIncrement = quoteIncrement
            self.priceIncrement = priceIncrement
            self.baseMinSize = baseMinSize
            self.baseMaxSize = baseMaxSize
            self.quoteMinSize = quoteMinSize
            self.quoteMaxSize = quoteMaxSize
        }
    }

    /// What the exchange allows at present.
    public struct Flags: Sendable {
        let isDisabled, cancelOnly, limitOnly, postOnly, tradingDisabled, auctionMode, viewOnly, isNew: Bool

        /// False where the exchange says nothing.
        public init(
            isDisabled: Bool, cancelOnly: Bool, limitOnly: Bool, postOnly: Bool, tradingDisabled: Bool,
            auctionMode: Bool, viewOnly: Bool, isNew: Bool
        ) {
            self.isDisabled = isDisabled
            self.cancelOnly = cancelOnly
            self.limitOnly = limitOnly
            self.postOnly = postOnly
            self.tradingDisabled = tradingDisabled
            self.auctionMode = auctionMode
            self.viewOnly = viewOnly
            self.isNew = isNew
        }
    }

    /// The last 24 hours; empty text for what is not known.
    public struct Day: Sendable {
        let priceChange, volume, volumeChange, quoteVolume: String

        /// - Parameters:
        ///   - priceChange: in percent.
        ///   - volume: in base currency.
        ///   - volumeChange: in percent.
        ///   - quoteVolume: in quote currency, about.
        public init(priceChange: String, volume: String, volumeChange: String, quoteVolume: String) {
            self.priceChange = priceChange
            self.volume = volume
            self.volumeChange = volumeChange
            self.quoteVolume = quoteVolume
        }
    }

    let id, base, quote, baseName, quoteName, price, status: String
    let rules: Rules
    let flags: Flags
    let day: Day

    /// - Parameters:
    ///   - id: BASE-QUOTE.
    ///   - price: decimal text.
    ///   - status: the exchange's word.
    public init(
        id: String, base: String, quote: String, baseName: String, quoteName: String, price: String, status: String,
        rules: Rules, flags: Flags, day: Day
    ) {
        self.id = id
        self.base = base
        self.quote = quote
        self.baseName = baseName
        self.quoteName = quoteName
        self.price = price
        self.status = status
        self.rules = rules
        self.flags = flags
        self.day = day
    }
}

extension ListedProductDocument {
    private enum Name: String, CodingKey {
        case product_id, price, price_percentage_change_24h, volume_24h, volume_percentage_change_24h, base_increment
        case quote_increment, quote_min_size, quote_max_size, base_min_size, base_max_size, base_name, quote_name
        case watched, is_disabled, new, status, cancel_only, limit_only, post_only, trading_disabled, auction_mode
        case product_type, quote_currency_id, base_currency_id, mid_market_price, alias, alias_to, base_display_symbol
        case quote_display_symbol, view_only, price_increment, display_name, product_venue
        case approximate_quote_24h_volume
    }

    /// In the exchange's order of fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Name.self)
        func put<Value: Encodable>(_ values: [(Name, Value)]) throws {
            for (name, value) in values { try fields.encode(value, forKey: name) }
        }
        try put([
            (.product_id, id), (.price, price), (.price_percentage_change_24h, day.priceChange),
            (.volume_24h, day.volume), (.volume_percentage_change_24h, day.volumeChange),
            (.base_increment, rules.baseIncrement), (.quote_increment, rules.quoteIncrement),
            (.quote_min_size, rules.quoteMinSize), (.quote_max_size, rules.quoteMaxSize),
            (.base_min_size, rules.baseMinSize), (.base_max_size, rules.baseMaxSize), (.base_name, baseName),
            (.quote_name, quoteName),
        ])
        try put([(.watched, false), (.is_disabled, flags.isDisabled), (.new, flags.isNew)])
        try put([(.status, status)])
        try put([
            (.cancel_only, flags.cancelOnly), (.limit_only, flags.limitOnly), (.post_only, flags.postOnly),
            (.trading_disabled, flags.tradingDisabled), (.auction_mode, flags.auctionMode),
        ])
        try put([
            (.product_type, "SPOT"), (.quote_currency_id, quote), (.base_currency_id, base), (.mid_market_price, ""),
            (.alias, ""),
        ])
        try fields.encode([String](), forKey: .alias_to)
        try put([(.base_display_symbol, base), (.quote_display_symbol, quote)])
        try put([(.view_only, flags.viewOnly)])
        try put([
            (.price_increment, rules.priceIncrement), (.display_name, id), (.product_venue, "CBE"),
            (.approximate_quote_24h_volume, day.quoteVolume),
        ])
    }
}

/// Every product of the exchange.
public struct ListedProductsDocument: Encodable, Sendable {
    let products: [ListedProductDocument]

    /// - Parameter products: in the exchange's order; none while the cache has no list.
    public init(_ products: [ListedProductDocument]) { self.products = products }
}
