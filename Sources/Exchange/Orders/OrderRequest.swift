public import Trading

/// An order as it is sent. Sizes and prices must already lie on the product's increments.
public struct OrderRequest: Sendable, Hashable {
    /// Makes sending again harmless: the exchange creates one order of an id.
    public let clientOrderID: ClientOrderID
    /// The product that is traded.
    public let product: ProductID
    /// Buy or sell.
    public let side: Side
    /// Sizes, limit and how the order meets the book.
    public let configuration: OrderConfiguration

    /// Checks nothing; the exchange refuses what it does not like.
    public init(
        clientOrderID: ClientOrderID, product: ProductID, side: Side, configuration: OrderConfiguration
    ) {
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.configuration = configuration
    }
}

/// The kinds of order the fleet uses, named as Coinbase names them on the wire.
///
/// Base sizes are in the base currency, quote sizes and prices in the quote currency.
public enum OrderConfiguration: Sendable, Hashable, Codable {
    /// Takes what the book offers up to `limitPrice` at once and cancels the rest.
    case sorLimitIOC(baseSize: Amount, limitPrice: Amount)
    /// Rests until filled or cancelled. `postOnly` is refused when it would take.
    case limitGTC(baseSize: Amount, limitPrice: Amount, postOnly: Bool)
    /// Takes at any price: no limit protects it.
    case marketIOC(MarketSize)

    /// A market order is sized in one currency or the other; a spot sale always in the base currency.
    public enum MarketSize: Sendable, Hashable, Codable {
        case base(Amount)
        /// Total to spend, fees included.
        case quote(Amount)
    }

    /// The member name inside `order_configuration`.
    public var wireName: String {
        switch self {
        case .sorLimitIOC: "sor_limit_ioc"
        case .limitGTC: "limit_limit_gtc"
        case .marketIOC: "market_market_ioc"
        }
    }

    /// Size in the base currency; `nil` for a market order sized in the quote currency.
    public var baseSize: Amount? {
        switch self {
        case .sorLimitIOC(let size, _), .limitGTC(let size, _, _), .marketIOC(.base(let size)): size
        case .marketIOC(.quote): nil
        }
    }

    /// `nil` for a market order.
    public var limitPrice: Amount? {
        switch self {
        case .sorLimitIOC(_, let price), .limitGTC(_, let price, _): price
        case .marketIOC: nil
        }
    }
}
