import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Fills the cache of market data: the only job that reads market data from the exchange.
///
/// `what`: `quotes` in one call for all products, `candles` for a slice of them, `products` for increments and flags,
/// `accounts` for the balances, `market-scan` to rank pairs without a bot, `new-pairs` to find new listings. Candles
/// that are missing or old are fetched at once, the others in turn, so that all are renewed every ten runs. The job
/// skips products that the exchange does not list, and one product's error does not affect the others.
///
/// `prune` deletes old copies of market data, history, predictions and errors from the ledger.
struct CacheRefreshJob: Job {
    struct Payload: Decodable, Sendable {
        enum What: String, Decodable, Sendable, CaseIterable {
            case quotes, candles, products, accounts
            case marketScan = "market-scan"
            case newPairs = "new-pairs"
            case prune
        }
        var what: What
        /// Products to refresh; without them the products of the running bots.
        var products: [ProductID]?
        /// The product of one fan-out member.
        var product: ProductID?
        /// Of candles; an hour by default.
        var granularity: CandleSpan?
        /// Whether candles are also kept in the ledger, where the dashboard's history reads them.
        var record: Bool?
        /// Of a market scan: only an alert of pairs with at least this score.
        var minScore: Double?
        /// With `prune`: how many days of rows are kept; 30 by default.
        var days: Int?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case what, products, product, granularity, record, days
            case minScore = "min_score"
        }

        /// The products that the payload names, whether the exchange lists them or not.
        var named: [ProductID]? { products ?? product.map { [$0] } }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [
            .word("what", Payload.What.allCases.map(\.rawValue), required: true),
            .texts("products", allowed: "Use a list of products, such as [\"BTC-USD\"].") {
                ProductID(rawValue: $0) != nil
            }, .product("product"), .word("granularity", CandleSpan.allCases.map(\.rawValue)), .truth("record"),
            .number("min_score", 0...30, allowed: "Use a score from 0 to 30, such as 12."),
            .integer("days", 1...3_650, example: 30),
        ],
        together: ArgumentRules.read(
            by: "what",
            [
                "granularity": [Payload.What.candles.rawValue], "record": [Payload.What.candles.rawValue],
                "min_score": [Payload.What.marketScan.rawValue], "days": [Payload.What.prune.rawValue],
            ]))

    let dependencies: JobDependencies

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        guard payload.what == .prune || dependencies.switches.usesCache else {
            return JobOutput(result: ResultText.of(["skipped": TradingSwitches.cacheDisabled]))
        }
        let exchange = dependencies.exchange(for: context)
        do {
            switch payload.what {
            case .products: return try await refreshProducts(exchange, context)
            case .quotes: return try await refreshQuotes(try await quoted(payload), exchange, context)
            case .candles: return try await refreshCandles(payload, exchange, context)
            case .accounts: return try await refreshAccounts(exchange)
            case .marketScan: return try await scanMarket(payload, exchange, context)
            case .newPairs: return try await recordNewPairs(exchange, context)
            case .prune: return try await prune(keepingDays: payload.days ?? 30)
            }
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        }
    }

    /// The products that a refresh is for.
    func chosen(_ payload: Payload) async throws -> [ProductID] {
        if let named = payload.named { return named }
        return try await listed(Set(try await dependencies.ledger.runningBots().compactMap { $0.bot?.product }))
    }

    /// The products that the exchange lists; all while its list is not known.
    func listed(_ products: Set<ProductID>) async throws -> [ProductID] {
        guard let listing = try await dependencies.cache.products() else { return products.sorted() }
        return products.intersection(listing.products.map(\.id)).sorted()
    }

    /// The exchange's list, as the cache has it; it is fetched and stored when it is missing there.
    func listing(_ exchange: any ExchangeClient) async throws -> CachedProducts {
        if let cached = try await dependencies.cache.products() { return cached }
        let asked = dependencies.now()
        let products = try await exchange.products()
        guard !products.isEmpty else {
            throw ExchangeError.unreadable(what: "the exchange's list of products", reason: "it is empty")
        }
        try await dependencies.cache.store(products: products, fetchedAt: asked)
        return CachedProducts(products: products, fetchedAt: asked)
    }

    static func answer<Answer>(
        _ request: () async throws(ExchangeError) -> Answer
    ) async -> Result<Answer, ExchangeError> {
        do { return .success(try await request()) } catch { return .failure(error) }
    }

    /// This many failures without any answer count as a failure of the exchange, not of its products.
    static let mostFaults = 8
}

extension KindDefinition {
    /// One call refreshes all quotes, the balances, or lists all products, which a scan and a search for new pairs need
    /// only when the cache has no list; candles of any length take a call for each product, a tenth of them at a time,
    /// or all when the cache is empty.
    public static let cacheRefresh = KindDefinition(
        "cache-refresh", catchesUp: false, entityArgument: "product",
        load: { given, products in
            let single = [nil, "prune"].contains(given.what) ? 0 : 1
            return KindLoad(given.what, calls: given.what == "candles" ? (products + 9) / 10 : single)
        },
        make: { GuardedJob(CacheRefreshJob($0), $0, usesLedger: false) })
}
