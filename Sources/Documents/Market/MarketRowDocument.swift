/// What the cache holds of one product: an element of `market list`.
public struct MarketRowDocument: Encodable, Sendable {
    /// The last day, and how old what is known of the product is.
    public struct Ages: Sendable {
        let quoteMs: Int64?
        let candles: [(name: String, count: Int)]

        /// - Parameters:
        ///   - quoteMs: since the exchange was asked for the price; nil without one.
        ///   - candles: how many of each length, such as `1h`, the shortest first.
        public init(quoteMs: Int64?, candles: [(name: String, count: Int)]) {
            self.quoteMs = quoteMs
            self.candles = candles
        }
    }

    let product: String
    @OrNull var bid: String?
    @OrNull var ask: String?
    @OrNull var price: Double?
    @OrNull var change24h: Double?
    @OrNull var volume24h: Double?
    @OrNull var ageMs: Int64?
    let candles: OrderedFields<Int>

    /// - Parameters:
    ///   - bid: exact decimal text; nil without a quote, like the ask.
    ///   - price: between the two.
    ///   - change24h: in percent.
    ///   - volume24h: in base currency.
    public init(
        product: String, bid: String?, ask: String?, price: Double?, change24h: Double?, volume24h: Double?, ages: Ages
    ) {
        self.product = product
        self.bid = bid
        self.ask = ask
        self.price = price
        self.change24h = change24h
        self.volume24h = volume24h
        ageMs = ages.quoteMs
        candles = OrderedFields(ages.candles.map { (name: $0.name, value: $0.count) })
    }

    enum CodingKeys: String, CodingKey {
        case product, bid, ask, price
        case change24h = "change_24h"
        case volume24h = "volume_24h"
        case ageMs = "age_ms"
        case candles
    }
}
