import Exchange
import Foundation
import Ledger
import Trading

/// The terms of a rebalance.
struct RebalanceTerms: Sendable, Equatable {
    /// The greatest share of equity for all targets, 0 to 0.9.
    var gross: Amount
    /// Whether the sizes of a product's bots bound its target.
    var isCappedByBots: Bool
    /// Least share of holdings and targets that must have fresh data, 0 to 1.
    var freshShare: Amount
}

/// The plan of a rebalance as of now.
struct RebalanceProposal: Sendable {
    var report: RebalanceReport
    /// Nil when the report holds an obstacle.
    var plan: RebalancePlan?
    /// Products with fresh data, and products that need it.
    var fresh = 0
    var needed = 0
    /// The running bots of each product.
    var bots: [ProductID: BotGroup] = [:]
    /// Wanted shares of equity, before the sizes of bots.
    var targets: [ProductID: Amount] = [:]
}

/// The running bots of one product.
struct BotGroup: Sendable {
    /// The bot with the smallest id: orders of a rebalance belong to it.
    let first: BotRecord
    /// The sum of their sizes, in dollars.
    var size: Amount
}

/// Compares the whole account with inverse-volatility targets. Unknown values never count as zero: a product without
/// fresh data stops the rebalance, or keeps its share as cash where the terms allow it.
struct RebalancePlanner: Sendable {
    let dependencies: JobDependencies
    let exchange: any ExchangeClient
    let terms: RebalanceTerms

    static let minimumCandles = 60

    func propose() async throws -> RebalanceProposal {
        var proposal = RebalanceProposal(report: RebalanceReport(grossExposure: terms.gross))
        proposal.bots = try await botsByProduct()
        let busy = try await busyProducts()
        let account = try await AccountReading(dependencies: dependencies).value(try await exchange.accounts())
        try await dependencies.ledger.noteHeldProducts(
            Set(account.holdings.compactMap { AccountReading.product($0.currency) }))
        let market = try await RebalanceMarket(dependencies: dependencies).read(
            targets: proposal.bots.keys.sorted(), account: account)
        proposal.report.lacking = market.lacking.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
        proposal.needed = market.entries.count + market.others + market.lacking.count
        proposal.fresh = proposal.needed - market.lacking.count
        let sheet = RebalanceSheet(terms: terms, account: account, market: market, busy: busy, bots: proposal.bots)
        return try sheet.filled(proposal)
    }

    private func botsByProduct() async throws -> [ProductID: BotGroup] {
        var groups: [ProductID: BotGroup] = [:]
        for record in try await dependencies.ledger.runningBots() {
            guard let product = record.bot?.product else { continue }
            if let known = groups[product] {
                groups[product] = BotGroup(first: known.first, size: known.size + record.positionSizeUSD)
            } else {
                groups[product] = BotGroup(first: record, size: record.positionSizeUSD)
            }
        }
        return groups
    }

    /// Products with an undecided order: their holding is not known.
    private func busyProducts() async throws -> Set<ProductID> {
        let intents = try await dependencies.ledger.unsettledIntents().map(\.intent.product)
        let trades = try await dependencies.ledger.pendingTrades().compactMap { ProductID(rawValue: $0.productID) }
        return Set(intents + trades)
    }
}

/// The market as a rebalance sees it.
struct RebalanceMarket: Sendable {
    struct Entry: Sendable {
        let product: Product
        let mid: Amount
        let volatility: Double
    }

    let dependencies: JobDependencies
    /// Targets that can be traded.
    private(set) var entries: [Entry] = []
    /// Targets that cannot be traded, and why: known, so they do not stop the rebalance.
    private(set) var excluded: [ProductID: RebalanceObstacle] = [:]
    /// Products whose required data is missing.
    private(set) var lacking: [ProductID: String] = [:]
    /// Holdings beside the targets whose price is known.
    private(set) var others = 0

    init(dependencies: JobDependencies) { self.dependencies = dependencies }

    func read(targets: [ProductID], account: AccountValue) async throws -> RebalanceMarket {
        var market = self
        let listing = try await dependencies.cache.products()?.products
        let listed = Dictionary((listing ?? []).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let now = dependencies.now()
        for snapshot in try await dependencies.cache.snapshots(targets, granularity: .oneHour) {
            let id = snapshot.product
            if listing == nil {
                market.lacking[id] = "the list of products is not in the cache"
            } else if let obstacle = Self.obstacle(id, listed[id]) {
                market.excluded[id] = obstacle
            } else if let product = listed[id] {
                market.judge(snapshot, product, now)
            }
        }
        for holding in account.holdings {
            let id = AccountReading.product(holding.currency)
            guard let id, !targets.contains(id) || market.excluded[id] != nil else { continue }
            market.judge(holding, id, listing == nil, listed[id])
        }
        return market
    }

    private static func obstacle(_ id: ProductID, _ product: Product?) -> RebalanceObstacle? {
        guard id.quote == AccountReading.cash else { return .notInDollars }
        guard let product else { return .notListed }
        return product.acceptsOrders ? nil : .notTradable
    }

    private mutating func judge(_ snapshot: MarketSnapshot, _ product: Product, _ now: Date) {
        guard let quote = snapshot.quote else {
            lacking[product.id] = "no quote"
            return
        }
        guard quote.ageSeconds(at: now) <= EvaluationJob.freshQuoteSeconds else {
            lacking[product.id] = "its quote is \(Self.seconds(quote.ageSeconds(at: now))) old"
            return
        }
        guard let cached = snapshot.candles else {
            lacking[product.id] = "no candles"
            return
        }
        let series = CandleSeries(cached.candles, granularity: .oneHour, receivedAt: cached.fetchedAt, now: now)
        guard series.candles.count >= RebalancePlanner.minimumCandles else {
            lacking[product.id] = "\(series.candles.count) candles of \(RebalancePlanner.minimumCandles)"
            return
        }
        guard !series.isStale else {
            lacking[product.id] = "its candles ended too long ago"
            return
        }
        let volatility = InverseVolatility.volatility(hourlyCloses: series.history.closes)
        guard volatility.isFinite, volatility > 0 else {
            excluded[product.id] = .noVolatility
            return
        }
        entries.append(Entry(product: product, mid: quote.quote.mid, volatility: volatility))
    }

    /// A holding beside the targets needs only a price: a fresh one, unless it cannot be traded now.
    private mutating func judge(_ holding: HoldingValue, _ id: ProductID, _ isUnlisted: Bool, _ product: Product?) {
        if isUnlisted {
            lacking[id] = "the list of products is not in the cache"
        } else if holding.basis != .quote, product?.acceptsOrders == true {
            lacking[id] = "no fresh quote"
        } else {
            others += 1
        }
    }

    private static func seconds(_ age: TimeInterval) -> String {
        age.isFinite && age.magnitude < 1e9 ? "\(Int(age)) s" : "too"
    }
}
