public import Foundation
public import Trading

/// Puts the market of a file where readers and jobs look for one: in the cache, and in the paper exchange, so that jobs
/// which renew the cache meanwhile find the same.
public struct MarketLoader: Sendable {
    private let cache: MarketDataCache
    private let paper: PaperExchange?
    private let listed: [Product]

    /// How much was loaded.
    public struct Result: Sendable, Equatable {
        /// Products that are listed from now on.
        public let products: Int
        /// Quotes in the cache.
        public let quotes: Int
        /// Series of candles in the cache.
        public let series: Int
        /// Balances.
        public let accounts: Int
    }

    /// - Parameters:
    ///   - paper: nil where orders do not go to the paper exchange.
    ///   - listed: products whose order rules are known; see `MarketFile.products(like:)`.
    public init(cache: MarketDataCache, paper: PaperExchange? = nil, listed: [Product] = []) {
        self.cache = cache
        self.paper = paper
        self.listed = listed
    }

    /// Loads a file as the market of `now`, which lasts `seconds`; balances of the paper account last for good.
    /// - Throws: `unavailable`; a part may then be loaded. `invalid` while orders rest at the paper exchange, before
    ///   anything is changed.
    public func load(_ file: MarketFile, at now: Date, seconds: Int) async throws(ExchangeError) -> Result {
        let products = file.products(like: listed)
        let (quotes, series) = (file.quotes(at: now), file.series(at: now))
        if let paper {
            if !file.accounts.isEmpty { try await paper.setAccounts(file.accounts) }
            try await paper.load(products: products, candles: series, seconds: seconds)
        }
        try await cache.store(
            quotes: quotes, volumes24h: file.volumes, candles: series, products: products, fetchedAt: now,
            lifeSeconds: seconds)
        try await cache.store(scan: MarketScan(products, scannedAt: now), lifeSeconds: seconds)
        if !file.accounts.isEmpty {
            try await cache.store(
                accounts: CachedAccounts(file.accounts, fetchedAt: now), lifeSeconds: seconds)
        }
        return Result(
            products: products.count, quotes: quotes.count, series: series.count, accounts: file.accounts.count)
    }
}
