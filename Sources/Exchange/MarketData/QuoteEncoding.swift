import Foundation
import Trading

/// A quote as JSON. The first seven fields are what older readers know: numbers, and a time with its offset.
/// The others carry the exact prices as text, and both times.
struct QuoteEncoding: Codable {
    var product_id: ProductID
    var price: Double
    /// In the base currency; 0 when the refresh did not know it.
    var volume_24h: Double
    var best_bid: Double
    var best_ask: Double
    var timestamp: String
    var data_source: String
    var bid_text: Amount
    var ask_text: Amount
    var mid_text: Amount
    var quote_ms: Int
    var fetched_ms: Int

    init(_ cached: CachedQuote) {
        let quote = cached.quote
        product_id = quote.product
        price = quote.mid.doubleValue
        volume_24h = cached.volume24h.isFinite ? cached.volume24h : 0
        best_bid = quote.bid.doubleValue
        best_ask = quote.ask.doubleValue
        timestamp = cached.fetchedAt.formatted(.iso8601).replacing("Z", with: "+00:00")
        data_source = "batch_refresh"
        bid_text = quote.bid
        ask_text = quote.ask
        mid_text = quote.mid
        quote_ms = milliseconds(quote.time)
        fetched_ms = milliseconds(cached.fetchedAt)
    }

    /// `nil` when the value belongs to another product or makes no sense.
    func quote(of product: ProductID) -> CachedQuote? {
        guard product_id == product, bid_text.isPositive, ask_text >= bid_text else { return nil }
        let quote = Quote(product: product, bid: bid_text, ask: ask_text, time: date(milliseconds: quote_ms))
        return CachedQuote(quote: quote, fetchedAt: date(milliseconds: fetched_ms), volume24h: volume_24h)
    }
}

/// A product as JSON: Coinbase's fields, the two that older readers expect, and the time of the fetch.
struct ProductEncoding: Codable {
    let product: Product
    let fetchedMs: Int

    private enum Extra: String, CodingKey { case base_currency, quote_currency, fetched_ms }

    init(_ product: Product, fetchedAt: Date) {
        self.product = product
        fetchedMs = milliseconds(fetchedAt)
    }

    init(from decoder: any Decoder) throws {
        product = try Product(from: decoder)
        fetchedMs = try decoder.container(keyedBy: Extra.self).decode(Int.self, forKey: .fetched_ms)
    }

    func encode(to encoder: any Encoder) throws {
        try product.encode(to: encoder)
        var extra = encoder.container(keyedBy: Extra.self)
        try extra.encode(product.id.base, forKey: .base_currency)
        try extra.encode(product.id.quote, forKey: .quote_currency)
        try extra.encode(fetchedMs, forKey: .fetched_ms)
    }
}
