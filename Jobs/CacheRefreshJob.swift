import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Fills the one cache of market data: the only job that reads it from the exchange.
///
/// `what`: `quotes` in one call for all products, `candles` for a slice of them, `products` for increments and flags.
/// Candles that are missing or old are fetched at once, the others in turn, so that all are renewed every ten runs.
struct CacheRefreshJob: Job {
    struct Payload: Decodable, Sendable {
        enum What: String, Decodable, Sendable { case quotes, candles, products }
        var what: What
        /// Else the products of all bots.
        var products: [ProductID]?
    }

    private let dependencies: JobDependencies

    /// A full turn takes that many runs.
    private static let slices = 10
    /// Candles older than this are fetched out of turn; they live 15 minutes in the cache.
    private static let oldSeconds: TimeInterval = 600

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        guard dependencies.switches.usesCache else {
            return JobOutput(result: ResultText.of(["skipped": TradingSwitches.cacheDisabled]))
        }
        let exchange = dependencies.exchange(for: context)
        do {
            switch payload.what {
            case .products: return try await refreshProducts(exchange)
            case .quotes: return try await refreshQuotes(try await quoted(payload), exchange)
            case .candles: return try await refreshCandles(try await chosen(payload), exchange)
            }
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        }
    }

    private func chosen(_ payload: Payload) async throws -> [ProductID] {
        if let products = payload.products { return products }
        return Set(try await dependencies.ledger.bots().compactMap { ProductID(rawValue: $0.pair) }).sorted()
    }

    /// Also what the account holds, bought by a bot or not: a portfolio is valued as a whole.
    private func quoted(_ payload: Payload) async throws -> [ProductID] {
        let chosen = try await chosen(payload)
        guard payload.products == nil else { return chosen }
        return try await dependencies.ledger.heldProducts().union(chosen).sorted()
    }

    private func refreshProducts(_ exchange: any ExchangeClient) async throws -> JobOutput {
        let asked = dependencies.now()
        let products = try await exchange.products()
        try await dependencies.cache.store(products: products, fetchedAt: asked)
        return JobOutput(result: ResultText.of(["products": "\(products.count)"]))
    }

    private func refreshQuotes(_ products: [ProductID], _ exchange: any ExchangeClient) async throws -> JobOutput {
        guard !products.isEmpty else { return JobOutput(result: ResultText.of(["quotes": "0"])) }
        let asked = dependencies.now()
        let quotes = try await exchange.bestBidAsk(products)
        try await dependencies.cache.store(quotes: quotes, fetchedAt: asked)
        return JobOutput(result: ResultText.of(["quotes": "\(quotes.count)"]))
    }

    private func refreshCandles(_ products: [ProductID], _ exchange: any ExchangeClient) async throws -> JobOutput {
        let due = try await dueForCandles(products)
        for product in due {
            let asked = dependencies.now()
            let slot = Int(asked.timeIntervalSince1970) / 3_600 * 3_600
            let candles = try await exchange.candles(
                product, granularity: .oneHour, from: slot - CandleSeries.window * 3_600, to: slot)
            // Stored one by one, so that an attempt which ends early has not asked in vain.
            try await dependencies.cache.store(
                candles: [CachedCandles(product: product, granularity: .oneHour, candles: candles, fetchedAt: asked)],
                fetchedAt: asked)
        }
        return JobOutput(result: ResultText.of(["candles": "\(due.count)"]))
    }

    /// The oldest first: every one that is old, and at least a slice.
    private func dueForCandles(_ products: [ProductID]) async throws -> [ProductID] {
        let now = dependencies.now()
        let ages = try await dependencies.cache.snapshots(products, granularity: .oneHour)
            .map { (product: $0.product, age: $0.candlesAgeSeconds(at: now)) }
            .sorted { ($1.age, $0.product) < ($0.age, $1.product) }
        let old = ages.count { $0.age > Self.oldSeconds }
        let slice = (products.count + Self.slices - 1) / Self.slices
        return ages.prefix(max(old, slice)).map(\.product)
    }
}
