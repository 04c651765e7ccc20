import Documents
import Exchange
import Foundation
import Ledger
import Trading

/// Reads what jobs have left in the cache; asks the exchange nothing.
struct MarketReading: Sendable {
    private let ledger: Ledger
    private let cache: MarketDataCache
    private let now: @Sendable () -> Date

    /// The dollar, and currencies that count one to one as dollars.
    private static let dollars: Set<String> = ["USD", "USDC"]
    /// Prices older than this are not believed.
    private static let freshSeconds: TimeInterval = 600

    init(_ dependencies: DashboardDependencies) {
        ledger = dependencies.ledger
        cache = dependencies.cache
        now = dependencies.now
    }

    /// Balances that are not zero.
    /// - Throws: `DashboardError.unavailable` while no job has read the account: an empty list would be a lie about
    ///   money.
    func accounts() async throws -> CachedAccounts {
        guard let cached = try await read({ () throws(ExchangeError) in try await cache.accounts() }) else {
            throw DashboardError.unavailable("The account's balances are not in the cache yet. Try again later.")
        }
        let owned = cached.accounts.filter { !($0.available + $0.hold).isZero }
        return CachedAccounts(accounts: owned, fetchedAt: cached.fetchedAt)
    }

    /// - Throws: `DashboardError.notFound` for a product without a price.
    func ticker(_ name: String) async throws -> TickerDocument {
        guard let product = ProductID(rawValue: name),
            let quote = try await read({ () throws(ExchangeError) in try await cache.quotes([product]) })[product]
        else { throw DashboardError.notFound("Product not found or ticker unavailable") }
        return TickerDocument(product: name, price: quote.quote.mid.doubleValue, volume: quote.volume24h)
    }

    /// In the exchange's order; none while no job has read them.
    func products() async throws -> [Product] {
        try await read { () throws(ExchangeError) in try await cache.products() }?.products ?? []
    }

    /// The free balances at their present prices; a currency without a price is left out.
    func portfolio() async throws -> LivePortfolioDocument {
        let accounts = try await accounts()
        let products = accounts.accounts.compactMap { ProductID(rawValue: $0.currency + "-" + PairScore.quote) }
        let quotes = try await read { () throws(ExchangeError) in try await cache.quotes(products) }
        let holdings = accounts.accounts.compactMap { account -> LivePortfolioDocument.HoldingDocument? in
            let product = ProductID(rawValue: account.currency + "-" + PairScore.quote)
            let price = Self.dollars.contains(account.currency)
                ? 1 : product.flatMap { quotes[$0]?.quote.mid.doubleValue }
            guard let price, account.available.isPositive else { return nil }
            return .init(currency: account.currency, balance: account.available.doubleValue, price: price)
        }
        return LivePortfolioDocument(holdings, updated: accounts.fetchedAt)
    }

    /// The last scan, ranked without the pairs that have a bot.
    func analysis(limit: Int, includesSmall: Bool) async -> MarketAnalysisDocument {
        let bots = (try? await ledger.bots()) ?? []
        let scan = try? await cache.scan()
        let excluded = Self.pairs(bots)
        let ranking = PairRanking(
            scan?.scores ?? [], excluding: Set(excluded), limit: limit, includesSmall: includesSmall)
        return MarketAnalysisDocument(
            ranking.candidates.map { PairScoreDocument($0) }, summary: MarketSummaryDocument(ranking),
            scannedAt: scan?.scannedAt, excluded: excluded, bots: bots.count)
    }

    /// The last scan.
    /// - Throws: `DashboardError.unavailable` when the cache cannot be read.
    func scan() async throws -> MarketScan? {
        try await read { () throws(ExchangeError) in try await cache.scan() }
    }

    /// Each pair once, in the order of the bots.
    static func pairs(_ bots: [BotRecord]) -> [String] {
        var seen: Set<String> = []
        return bots.map(\.pair).filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// How often readers find what they look for.
    func statistics() async -> CacheStatisticsDocument {
        do {
            let products = (try? await ledger.bots()).map(Self.pairs)?.compactMap { ProductID(rawValue: $0) } ?? []
            let reads = try await cache.statistics()
            return CacheStatisticsDocument(
                hitPercent: reads.hitPercent, hits: reads.hits, misses: reads.misses,
                size: try await cache.size(of: products), at: now())
        } catch {
            return CacheStatisticsDocument(unreachableAt: now())
        }
    }

    /// Whether the cache answers at all.
    func health() async -> CacheHealthDocument {
        do {
            _ = try await cache.statistics()
            return CacheHealthDocument(error: nil, at: now())
        } catch {
            return CacheHealthDocument(error: "\(error)", at: now())
        }
    }

    /// Whether prices, cache and database are as they should be. Never fails: the page shows what is wrong.
    func status() async -> MarketStatusDocument {
        var trouble = await ledger.fileTrouble().map { "\($0)" }
        var products: [ProductID] = []
        do {
            products = Array(Set(try await ledger.runningBots().compactMap { $0.bot?.product }))
        } catch {
            trouble = trouble ?? "\(error)"
        }
        do {
            let prices = try await cache.quotes(products).values.map(\.fetchedAt).max()
            let others = [try await cache.products()?.fetchedAt, try await cache.accounts()?.fetchedAt]
            return status(prices, others.compactMap { $0 }.max(), needsPrices: !products.isEmpty, trouble)
        } catch {
            return MarketStatusDocument(
                .error, error: "\(error)", at: now(), updated: nil, isFresh: false, isDatabaseSound: trouble == nil)
        }
    }

    /// - Parameters:
    ///   - prices: when the newest price was read at the exchange.
    ///   - others: the same of everything else.
    ///   - trouble: of the database.
    private func status(
        _ prices: Date?, _ others: Date?, needsPrices: Bool, _ trouble: String?
    ) -> MarketStatusDocument {
        let now = now()
        let wanted = needsPrices ? prices : prices ?? others
        let isFresh = wanted.map { now.timeIntervalSince($0) <= Self.freshSeconds } ?? false
        let updated = [prices, others].compactMap { $0 }.max()
        let isSound = trouble == nil
        let status: MarketStatusDocument.Status =
            !isSound || updated == nil ? .error : isFresh ? .healthy : .degraded
        let stale = isFresh ? nil : updated == nil ? Self.empty : Self.old
        return MarketStatusDocument(
            status, error: trouble ?? stale, at: now, updated: prices ?? updated, isFresh: isFresh,
            isDatabaseSound: isSound)
    }

    private static let empty = "The cache holds no market data. Look with 'flotilla status' whether workers run."
    private static let old = "Prices are missing or older than ten minutes. Look with 'flotilla status' why."

    private func read<Value>(_ question: () async throws(ExchangeError) -> Value) async throws -> Value {
        do { return try await question() } catch { throw DashboardError.unavailable("\(error)") }
    }
}
