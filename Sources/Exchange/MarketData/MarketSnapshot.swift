public import Foundation
public import Trading

/// A quote as the cache holds it.
public struct CachedQuote: Sendable, Equatable {
    /// Bid, ask and the exchange's own time.
    public let quote: Quote
    /// When the exchange was asked, our clock.
    public let fetchedAt: Date
    /// Base currency traded in 24 h; 0 where the refresh did not know it.
    public let volume24h: Double

    /// - Parameter fetchedAt: when the exchange was asked, by this host's clock.
    public init(quote: Quote, fetchedAt: Date, volume24h: Double = 0) {
        self.quote = quote
        self.fetchedAt = fetchedAt
        self.volume24h = volume24h
    }

    /// Seconds since the exchange's own time of the quote, or since it was fetched, whichever is longer; infinite when
    /// one of them lies ahead.
    public func ageSeconds(at now: Date) -> TimeInterval {
        max(DataAge.seconds(since: fetchedAt, at: now), DataAge.seconds(since: quote.time, at: now))
    }
}

/// Candles of one product and granularity, oldest first. Gaps are not filled; the newest may still be forming.
public struct CachedCandles: Sendable, Equatable {
    /// The product that the candles are of.
    public let product: ProductID
    /// The length of their slots.
    public let granularity: Granularity
    /// Sound or not, as the exchange sent them; `CandleSeries` makes them fit for indicators.
    public let candles: [Candle]
    /// When the exchange was asked, our clock.
    public let fetchedAt: Date

    /// Checks nothing; the order must be oldest first.
    public init(product: ProductID, granularity: Granularity, candles: [Candle], fetchedAt: Date) {
        self.product = product
        self.granularity = granularity
        self.candles = candles
        self.fetchedAt = fetchedAt
    }

    /// Seconds since the exchange was asked; infinite when that time lies ahead.
    public func ageSeconds(at now: Date) -> TimeInterval { DataAge.seconds(since: fetchedAt, at: now) }
}

/// The products as the cache holds them.
public struct CachedProducts: Sendable, Equatable {
    /// Every product of the exchange, in its order.
    public let products: [Product]
    /// When the exchange was asked, by the clock of the host that did.
    public let fetchedAt: Date

    /// - Parameter fetchedAt: when the exchange was asked, by this host's clock.
    public init(products: [Product], fetchedAt: Date) {
        self.products = products
        self.fetchedAt = fetchedAt
    }

    /// Seconds since the exchange was asked; infinite when that time lies ahead.
    public func ageSeconds(at now: Date) -> TimeInterval { DataAge.seconds(since: fetchedAt, at: now) }
}

/// What a decision about one product looks at. A missing part means HOLD: readers never ask the exchange.
public struct MarketSnapshot: Sendable, Equatable {
    /// The product that both parts are of.
    public let product: ProductID
    /// `nil`: not in the cache.
    public let quote: CachedQuote?
    /// `nil`: not in the cache.
    public let candles: CachedCandles?

    /// Made by `MarketDataCache`; tests make their own.
    public init(product: ProductID, quote: CachedQuote?, candles: CachedCandles?) {
        self.product = product
        self.quote = quote
        self.candles = candles
    }

    /// Seconds; infinite without a quote.
    public func quoteAgeSeconds(at now: Date) -> TimeInterval { quote?.ageSeconds(at: now) ?? .infinity }
    /// Seconds; infinite without candles.
    public func candlesAgeSeconds(at now: Date) -> TimeInterval { candles?.ageSeconds(at: now) ?? .infinity }
}
