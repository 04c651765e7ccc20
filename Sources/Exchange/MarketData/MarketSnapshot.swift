public import Foundation
public import Trading

/// A quote as the cache holds it.
public struct CachedQuote: Sendable, Equatable {
    public let quote: Quote
    /// When the exchange was asked, our clock.
    public let fetchedAt: Date

    public init(quote: Quote, fetchedAt: Date) {
        self.quote = quote
        self.fetchedAt = fetchedAt
    }

    /// Seconds since the exchange's own time of the quote, or since it was fetched, whichever is longer.
    public func ageSeconds(at now: Date) -> TimeInterval {
        max(now.timeIntervalSince(fetchedAt), now.timeIntervalSince(quote.time))
    }
}

/// Candles of one product and granularity, oldest first. Gaps are not filled; the newest may still be forming.
public struct CachedCandles: Sendable, Equatable {
    public let product: ProductID
    public let granularity: Granularity
    public let candles: [Candle]
    /// When the exchange was asked, our clock.
    public let fetchedAt: Date

    public init(product: ProductID, granularity: Granularity, candles: [Candle], fetchedAt: Date) {
        self.product = product
        self.granularity = granularity
        self.candles = candles
        self.fetchedAt = fetchedAt
    }

    public func ageSeconds(at now: Date) -> TimeInterval { now.timeIntervalSince(fetchedAt) }
}

/// The products as the cache holds them.
public struct CachedProducts: Sendable, Equatable {
    public let products: [Product]
    public let fetchedAt: Date

    public init(products: [Product], fetchedAt: Date) {
        self.products = products
        self.fetchedAt = fetchedAt
    }

    public func ageSeconds(at now: Date) -> TimeInterval { now.timeIntervalSince(fetchedAt) }
}

/// What a decision about one product looks at. A missing part means HOLD: readers never ask the exchange.
public struct MarketSnapshot: Sendable, Equatable {
    public let product: ProductID
    /// `nil`: not in the cache.
    public let quote: CachedQuote?
    /// `nil`: not in the cache.
    public let candles: CachedCandles?

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
