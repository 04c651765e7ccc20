import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Fills the cache of market data: the only job that reads market data from the exchange.
///
/// `what`: `quotes` in one call for all products, `candles` for a slice of them, `products` for increments and flags.
/// Candles that are missing or old are fetched at once, the others in turn, so that all are renewed every ten runs. The
/// job skips products that the exchange does not list, and one product's error does not affect the others.
///
/// `prune` deletes old copies of market data, history, predictions and errors from the ledger.
struct CacheRefreshJob: Job {
    struct Payload: Decodable, Sendable {
        enum What: String, Decodable, Sendable, CaseIterable { case quotes, candles, products, prune }
        var what: What
        /// Products to refresh; without them the products of the running bots.
        var products: [ProductID]?
        /// The product of one fan-out member.
        var product: ProductID?
        /// With `prune`: how many days of rows are kept; 30 by default.
        var days: Int?

        enum CodingKeys: String, CodingKey, CaseIterable { case what, products, product, days }

        /// The products that the payload names, whether the exchange lists them or not.
        var named: [ProductID]? { products ?? product.map { [$0] } }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [
            .word("what", Payload.What.allCases.map(\.rawValue), required: true),
            .texts("products", allowed: "Use a list of products, such as [\"BTC-USD\"].") {
                ProductID(rawValue: $0) != nil
            }, .product("product"), .integer("days", 1...3_650, example: 30),
        ])

    let dependencies: JobDependencies

    /// A full turn takes this many runs.
    private static let slices = 10
    /// Candles older than this are fetched out of turn; they live 15 minutes in the cache.
    private static let oldSeconds: TimeInterval = 600

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
            case .candles: return try await refreshCandles(try await chosen(payload), exchange, context)
            case .prune: return try await prune(keepingDays: payload.days ?? 30)
            }
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        }
    }

    private func chosen(_ payload: Payload) async throws -> [ProductID] {
        if let named = payload.named { return named }
        return try await listed(Set(try await dependencies.ledger.runningBots().compactMap { $0.bot?.product }))
    }

    /// The products that the exchange lists; all while its list is not known.
    private func listed(_ products: Set<ProductID>) async throws -> [ProductID] {
        guard let listing = try await dependencies.cache.products() else { return products.sorted() }
        return products.intersection(listing.products.map(\.id)).sorted()
    }

    /// Includes all holdings of the account, bought by a bot or not: a portfolio is valued as a whole.
    private func quoted(_ payload: Payload) async throws -> [ProductID] {
        let chosen = try await chosen(payload)
        guard payload.named == nil else { return chosen }
        return try await listed(dependencies.ledger.heldProducts().union(chosen))
    }

    private func refreshProducts(_ exchange: any ExchangeClient, _ context: JobContext) async throws -> JobOutput {
        let asked = dependencies.now()
        let products = try await exchange.products()
        guard !products.isEmpty else {
            throw ExchangeError.unreadable(what: "the exchange's list of products", reason: "it is empty")
        }
        try await dependencies.cache.store(products: products, fetchedAt: asked)
        let back = try await dependencies.ledger.returnBots(toProducts: Set(products.map(\.id)))
        guard !back.isEmpty else { return JobOutput(result: ResultText.of(["products": "\(products.count)"])) }
        let bots = back.map { "\($0)" }.joined(separator: ", ")
        context.logger.notice("bots \(bots) run again: the exchange lists their products now")
        return JobOutput(result: ResultText.of(["products": "\(products.count)", "bots_back": bots]))
    }

    private func refreshQuotes(
        _ products: [ProductID], _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        var tally = RefreshTally()
        // The products in parts to request: all at once, in halves when one of them makes the request fail.
        var parts = products.isEmpty ? [] : [products[...]]
        while let part = parts.popLast() {
            let asked = dependencies.now()
            let answer = await Self.answer { () throws(ExchangeError) in try await exchange.bestBidAsk(Array(part)) }
            switch answer {
            case .success(let quotes):
                try await dependencies.cache.store(quotes: quotes, fetchedAt: asked)
                tally.count(quotes.count)
            case .failure(let error)
            where error.mayConcernOneProduct && !error.isTransient && tally.faults.count < Self.mostFaults:
                if part.count == 1, let product = part.first {
                    tally.fail(product, error)
                } else {
                    parts += [part.dropFirst(part.count / 2), part.prefix(part.count / 2)]
                }
            case .failure(let error): throw error
            }
        }
        return try tally.output("quotes", context)
    }

    private func refreshCandles(
        _ products: [ProductID], _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        var tally = RefreshTally()
        for product in try await dueForCandles(products) {
            try Task.checkCancellation()
            let asked = dependencies.now()
            let slot = Int(asked.timeIntervalSince1970) / 3_600 * 3_600
            let answer = await Self.answer { () throws(ExchangeError) in
                try await exchange.candles(
                    product, granularity: .oneHour, from: slot - CandleSeries.window * 3_600, to: slot)
            }
            switch answer {
            case .success(let candles):
                let series = CachedCandles(
                    product: product, granularity: .oneHour, candles: candles, fetchedAt: asked)
                // Stored one by one, so that an attempt that ends early keeps the candles that it has fetched.
                try await dependencies.cache.store(candles: [series], fetchedAt: asked)
                tally.count(1)
            case .failure(let error) where error.mayConcernOneProduct: tally.fail(product, error)
            case .failure(let error): throw error
            }
            // Stops early when the exchange answers no request.
            if !tally.isAnswered, tally.faults.count >= Self.mostFaults { break }
        }
        return try tally.output("candles", context)
    }

    private static func answer<Answer>(
        _ request: () async throws(ExchangeError) -> Answer
    ) async -> Result<Answer, ExchangeError> {
        do { return .success(try await request()) } catch { return .failure(error) }
    }

    /// This many failures without any answer count as a failure of the exchange, not of its products.
    private static let mostFaults = 8

    /// The oldest first: every old one, and a slice of the others when the old ones are few. A product that fails stays
    /// old, and must not be the only one requested.
    private func dueForCandles(_ products: [ProductID]) async throws -> [ProductID] {
        let now = dependencies.now()
        let ages = try await dependencies.cache.snapshots(products, granularity: .oneHour)
            .map { (product: $0.product, age: $0.candlesAgeSeconds(at: now)) }
            .sorted { ($1.age, $0.product) < ($0.age, $1.product) }
        let old = ages.count { $0.age > Self.oldSeconds }
        let slice = (products.count + Self.slices - 1) / Self.slices
        return ages.prefix(old > slice ? old : old + slice).map(\.product)
    }
}

extension KindDefinition {
    /// One call refreshes all quotes, or lists all products; candles take a call for each product, a tenth of them at a
    /// time, or all when the cache is empty.
    public static let cacheRefresh = KindDefinition(
        "cache-refresh", catchesUp: false, entityArgument: "product",
        load: { given, products in
            let single = [nil, "prune"].contains(given.what) ? 0 : 1
            return KindLoad(given.what, calls: given.what == "candles" ? (products + 9) / 10 : single)
        },
        make: { GuardedJob(CacheRefreshJob($0), $0, usesLedger: false) })
}
