import Foundation
public import Trading

/// Market data of the paper exchange: the offline market, moved to the present.
extension PaperExchange {
    /// All products of the market, with the present mid as price; a halted one has trading disabled. While the market
    /// of a file is loaded, its products alone.
    public func products() async throws(ExchangeError) -> [Product] {
        _ = try await begin(.marketData, "products")
        let known = try await loaded.products()
        guard known.isEmpty else { return known.values.sorted { $0.id < $1.id } }
        let time = options.time.market(at: realTime)
        var products: [Product] = []
        for listing in market.listings {
            let book = try market.book(listing.id, at: time)
            var product = listing.product
            product.price = try listing.price.amount(book.mid)
            product.tradingDisabled = product.tradingDisabled || book.isHalted
            product.facts = market.facts(listing, price: product.price, at: time)
            products.append(product)
        }
        return products
    }

    /// In a loaded market bid and ask are its last price, and the time is now. Else, while there is no trade, a quote
    /// keeps the time of the last candle that had trades, so that readers see its age.
    public func bestBidAsk(_ products: [ProductID]) async throws(ExchangeError) -> [Quote] {
        let fault = try await begin(.marketData, "bestBidAsk", [.rateLimit, .serverError, .staleBook])
        let late = fault == .staleBook ? 600 : 0
        let known = try await loaded.products()
        guard known.isEmpty else {
            let time = now() - TimeInterval(late)
            return products.compactMap { id in
                known[id].flatMap { product -> Quote? in
                    guard product.price.isPositive else { return nil }
                    return Quote(product: id, bid: product.price, ask: product.price, time: time)
                }
            }
        }
        let real = realTime - late
        let shift = options.time.shift(at: real)
        var quotes: [Quote] = []
        for id in products where market.lists(id) {
            let listing = try market.listing(id)
            let book = try market.book(id, at: real - shift)
            let traded = try market.lastTrade(id, before: real - shift)
            let time = book.isStale ? Double(traded + shift) : now().timeIntervalSince1970 - Double(late)
            quotes.append(
                Quote(
                    product: id, bid: try listing.price.amount(max(1, book.bestBid)),
                    ask: try listing.price.amount(book.bestAsk), time: Date(timeIntervalSince1970: time)))
        }
        return quotes
    }

    /// Candles that start in `from..<to` (UTC seconds of real time), oldest first.
    /// - Throws: `notFound` for a product that the market does not have.
    public func candles(
        _ product: ProductID, granularity: Granularity, from: Int, to: Int
    ) async throws(ExchangeError) -> [Candle] {
        _ = try await begin(.marketData, "candles")
        guard from < to else { return [] }
        if let candles = try await loaded.candles(product, granularity) {
            return candles.filter { (from..<to).contains($0.start) }
        }
        let real = realTime
        let shift = options.time.shift(at: real)
        let history = try market.history(
            product, seconds: granularity.rawValue, range: from - shift..<to - shift, now: real - shift,
            shift: shift)
        return history.map { candle in
            Candle(
                start: candle.start + shift, open: candle.open, high: candle.high, low: candle.low,
                close: candle.close, volume: candle.volume)
        }
    }
}
