public import Foundation
public import Trading

/// What a file means at a moment.
extension MarketFile {
    /// Every product that the file describes, prices or has candles of: the described first, in their order, then the
    /// others by name. One that has only candles is priced by its last close.
    /// - Parameter listed: products that are known from elsewhere; the rules of their orders count for products that
    ///   the file does not describe.
    public func products(like listed: [Product] = []) -> [Product] {
        let known = Dictionary(listed.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let described = Set(products.map(\.id))
        let others = Set(tickers.keys).union(candles.keys).subtracting(described).sorted()
        return products.map(filled)
            + others.compactMap { id in
                guard let price = tickers[id]?.price ?? lastClose(of: id) else { return nil }
                var product = known[id] ?? Self.usual(id, price: price)
                product.price = price
                if tickers[id] == nil {
                    // What is known of its volume is of another market.
                    (product.facts.volume, product.facts.quoteVolume) = (nil, nil)
                    product.facts.priceChange = dayChange(of: id)
                }
                return filled(product, renewed: true)
            }
    }

    /// Of the finest candles there are; nil without one that is a price.
    private func lastClose(of product: ProductID) -> Amount? {
        let finest = candles[product]?.filter { !$0.value.isEmpty }.min { $0.key.seconds < $1.key.seconds }
        guard let close = finest?.value.last?.close, close > 0,
            let price = try? Amount(approximating: close, scale: Amount.maximumScale), price.isPositive
        else { return nil }
        return price
    }

    /// The candles with times that end at `now`: the newest is the last full slot.
    public func series(at now: Date) -> [CachedCandles] {
        candles.sorted { $0.key < $1.key }.flatMap { product, granularities in
            granularities.sorted { $0.key.seconds < $1.key.seconds }.map { granularity, candles in
                let seconds = granularity.seconds
                let slot = Int(now.timeIntervalSince1970) / seconds * seconds
                let timed = candles.enumerated().map { index, candle in
                    var candle = candle
                    candle.start = slot - (candles.count - index) * seconds
                    return candle
                }
                return CachedCandles(product: product, granularity: granularity, candles: timed, fetchedAt: now)
            }
        }
    }

    /// Quotes whose bid and ask are the file's price.
    public func quotes(at now: Date) -> [Quote] {
        tickers.sorted { $0.key < $1.key }.filter { $0.value.price.isPositive }
            .map { Quote(product: $0.key, bid: $0.value.price, ask: $0.value.price, time: now) }
    }

    /// Base currency traded in 24 h.
    public var volumes: [ProductID: Double] { tickers.mapValues(\.volume) }

    /// A product with what the file knows of its day. What it describes itself is not touched.
    private func filled(_ product: Product, renewed: Bool) -> Product {
        guard let ticker = tickers[product.id] else { return product }
        var product = product
        let price = product.price.doubleValue
        product.facts.volume = renewed ? ticker.volume : product.facts.volume ?? ticker.volume
        let dollars = (price * ticker.volume * 100).rounded() / 100
        product.facts.quoteVolume = renewed ? dollars : product.facts.quoteVolume ?? dollars
        product.facts.priceChange = renewed ? dayChange(of: product.id) : product.facts.priceChange
            ?? dayChange(of: product.id)
        return product
    }

    private func filled(_ product: Product) -> Product { filled(product, renewed: false) }

    /// In percent, from hourly candles; `nil` when they do not reach back 24 h.
    private func dayChange(of product: ProductID) -> Double? {
        guard let hours = candles[product]?[.oneHour], hours.count >= 25 else { return nil }
        let before = hours[hours.count - 25].close
        guard let last = hours.last?.close, before > 0 else { return nil }
        return (last / before - 1) * 100
    }

    /// The rules of a product of which only the price is known: fine steps for cheap ones, so that a price below a cent
    /// is a price.
    private static func usual(_ id: ProductID, price: Amount) -> Product {
        let isCheap = price < Amount(1)
        let cent = Amount.decimal(2)
        return Product(
            id: id, price: price, baseIncrement: Amount.decimal(isCheap ? 1 : 8),
            quoteIncrement: isCheap ? Amount.decimal(7) : cent, priceIncrement: isCheap ? Amount.decimal(7) : cent,
            baseMinSize: Amount.decimal(isCheap ? 1 : 8), baseMaxSize: Amount(1_000_000_000), quoteMinSize: Amount(1),
            quoteMaxSize: Amount(10_000_000))
    }
}

extension Amount {
    /// 10 to the power of `-decimals`, 0 to 23.
    fileprivate static func decimal(_ decimals: Int) -> Amount {
        (try? Amount("0." + String(repeating: "0", count: max(0, decimals - 1)) + "1")) ?? Amount(1)
    }
}
