/// A trading pair's rules: steps, limits and what the exchange allows at present. Coded in Coinbase's field names.
public struct Product: Sendable, Equatable {
    /// Which product it is.
    public var id: ProductID
    /// Last trade's price, in quote currency. Zero when the exchange gives none.
    public var price: Amount
    /// Step of order sizes, in base currency.
    public var baseIncrement: Amount
    /// Step of amounts in quote currency.
    public var quoteIncrement: Amount
    /// Step of limit prices; the quote increment when the exchange gives none.
    public var priceIncrement: Amount
    /// Least size of an order, in base currency.
    public var baseMinSize: Amount
    /// Largest size of an order, in base currency.
    public var baseMaxSize: Amount
    /// Least worth of an order, in quote currency.
    public var quoteMinSize: Amount
    /// Largest worth of an order, in quote currency.
    public var quoteMaxSize: Amount
    /// The exchange's word; only `online` accepts orders.
    public var status: String
    /// Whether the exchange accepts no orders of the product.
    public var tradingDisabled: Bool
    /// Whether the product is switched off altogether.
    public var isDisabled: Bool
    /// Whether orders can only be cancelled.
    public var cancelOnly: Bool
    /// Whether market orders are refused; orders of this program all have a limit.
    public var limitOnly: Bool
    /// Whether orders that would take from the book are refused.
    public var postOnly: Bool
    /// Whether the book is in an auction, and nothing is taken from it.
    public var auctionMode: Bool
    /// Whether this account may only look at the product.
    public var viewOnly: Bool
    /// Names, and what happened within 24 hours.
    public var facts: ProductFacts

    /// The defaults describe a product that trades normally. Checks no value.
    public init(
        id: ProductID, price: Amount, baseIncrement: Amount, quoteIncrement: Amount, priceIncrement: Amount,
        baseMinSize: Amount, baseMaxSize: Amount, quoteMinSize: Amount, quoteMaxSize: Amount,
        status: String = "online", tradingDisabled: Bool = false, isDisabled: Bool = false, cancelOnly: Bool = false,
        limitOnly: Bool = false, postOnly: Bool = false, auctionMode: Bool = false, viewOnly: Bool = false,
        facts: ProductFacts = ProductFacts()
    ) {
        self.id = id
        self.price = price
        self.baseIncrement = baseIncrement
        self.quoteIncrement = quoteIncrement
        self.priceIncrement = priceIncrement
        self.baseMinSize = baseMinSize
        self.baseMaxSize = baseMaxSize
        self.quoteMinSize = quoteMinSize
        self.quoteMaxSize = quoteMaxSize
        self.status = status
        self.tradingDisabled = tradingDisabled
        self.isDisabled = isDisabled
        self.cancelOnly = cancelOnly
        self.limitOnly = limitOnly
        self.postOnly = postOnly
        self.auctionMode = auctionMode
        self.viewOnly = viewOnly
        self.facts = facts
    }

    /// Whether an order that takes from the book (limit IOC) can be placed now.
    public var acceptsOrders: Bool {
        status == "online" && !(tradingDisabled || isDisabled || cancelOnly || postOnly || auctionMode || viewOnly)
    }
}

extension Product: Codable {
    enum CodingKeys: String, CodingKey {
        case id = "product_id"
        case price
        case baseIncrement = "base_increment"
        case quoteIncrement = "quote_increment"
        case priceIncrement = "price_increment"
        case baseMinSize = "base_min_size"
        case baseMaxSize = "base_max_size"
        case quoteMinSize = "quote_min_size"
        case quoteMaxSize = "quote_max_size"
        case status
        case tradingDisabled = "trading_disabled"
        case isDisabled = "is_disabled"
        case cancelOnly = "cancel_only"
        case limitOnly = "limit_only"
        case postOnly = "post_only"
        case auctionMode = "auction_mode"
        case viewOnly = "view_only"
    }

    /// Absent flags are false. A missing or empty price is zero: products without trades have none.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func flag(_ key: CodingKeys) throws -> Bool { try fields.decodeIfPresent(Bool.self, forKey: key) ?? false }
        func amount(_ key: CodingKeys) throws -> Amount { try fields.decode(Amount.self, forKey: key) }
        func optional(_ key: CodingKeys) throws -> Amount? {
            let text = try fields.decodeIfPresent(String.self, forKey: key) ?? ""
            return text.isEmpty ? nil : try Amount(text)
        }
        /// A last price is never an order's: one with an exponent is read too.
        func price() throws -> Amount? {
            guard let text = try? fields.decodeIfPresent(String.self, forKey: .price), text.contains("e"),
                let number = Double(text)
            else { return try optional(.price) }
            return try Amount(approximating: number, scale: Amount.maximumScale)
        }
        let quoteIncrement = try amount(.quoteIncrement)
        self.init(
            id: try fields.decode(ProductID.self, forKey: .id), price: try price() ?? .zero,
            baseIncrement: try amount(.baseIncrement), quoteIncrement: quoteIncrement,
            priceIncrement: try optional(.priceIncrement) ?? quoteIncrement, baseMinSize: try amount(.baseMinSize),
            baseMaxSize: try amount(.baseMaxSize), quoteMinSize: try amount(.quoteMinSize),
            quoteMaxSize: try amount(.quoteMaxSize),
            status: try fields.decodeIfPresent(String.self, forKey: .status) ?? "",
            tradingDisabled: try flag(.tradingDisabled), isDisabled: try flag(.isDisabled),
            cancelOnly: try flag(.cancelOnly), limitOnly: try flag(.limitOnly), postOnly: try flag(.postOnly),
            auctionMode: try flag(.auctionMode), viewOnly: try flag(.viewOnly), facts: try ProductFacts(from: decoder))
    }

    /// Amounts as text; the facts stand beside the other fields, as the exchange has them.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        let amounts: [(CodingKeys, Amount)] = [
            (.price, price), (.baseIncrement, baseIncrement), (.quoteIncrement, quoteIncrement),
            (.priceIncrement, priceIncrement), (.baseMinSize, baseMinSize), (.baseMaxSize, baseMaxSize),
            (.quoteMinSize, quoteMinSize), (.quoteMaxSize, quoteMaxSize),
        ]
        for (key, amount) in amounts { try fields.encode(amount, forKey: key) }
        try fields.encode(status, forKey: .status)
        let flags: [(CodingKeys, Bool)] = [
            (.tradingDisabled, tradingDisabled), (.isDisabled, isDisabled), (.cancelOnly, cancelOnly),
            (.limitOnly, limitOnly), (.postOnly, postOnly), (.auctionMode, auctionMode), (.viewOnly, viewOnly),
        ]
        for (key, flag) in flags { try fields.encode(flag, forKey: key) }
        try facts.encode(to: encoder)
    }
}
