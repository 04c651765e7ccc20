import Documents
import Exchange
import Foundation
import JobQueue
import Logging
import Trading

/// What the cache holds, product by product.
struct MarketRows {
    /// One product.
    struct Row {
        let product: ProductID
        let quote: CachedQuote?
        let facts: ProductFacts?
        let series: [(name: String, candles: CachedCandles?)]
    }

    private let cache: MarketDataCache
    private let now: Date

    /// The lengths of candles that jobs refresh, the shortest first.
    private static let spans: [(name: String, granularity: Granularity)] = [
        ("5m", .fiveMinutes), ("1h", .oneHour), ("1d", .oneDay),
    ]

    init(_ broker: Broker, _ logger: Logger, now: Date) {
        cache = MarketDataCache(redis: broker.redis, logger: logger)
        self.now = now
    }

    /// The products of the exchange's list of which the cache holds more than that.
    func all() async throws -> [Row] {
        let listed = try await cache.products()?.products ?? []
        return try await rows(listed.map(\.id), listed).filter { row in
            row.quote != nil || row.series.contains { $0.candles != nil }
        }
    }

    /// One product; nil when the cache holds nothing of it.
    func one(_ product: ProductID) async throws -> Row? {
        let listed = try await cache.products()?.products ?? []
        guard let row = try await rows([product], listed).first else { return nil }
        return row.quote == nil && row.facts == nil && row.series.allSatisfy { $0.candles == nil } ? nil : row
    }

    private func rows(_ products: [ProductID], _ listed: [Product]) async throws -> [Row] {
        let facts = Dictionary(listed.map { ($0.id, $0.facts) }, uniquingKeysWith: { first, _ in first })
        var quotes: [ProductID: CachedQuote] = [:]
        var series: [ProductID: [(name: String, candles: CachedCandles?)]] = [:]
        for (name, granularity) in Self.spans {
            for snapshot in try await cache.snapshots(products, granularity: granularity) {
                quotes[snapshot.product] = snapshot.quote
                series[snapshot.product, default: []].append((name, snapshot.candles))
            }
        }
        return products.map { product in
            Row(product: product, quote: quotes[product], facts: facts[product], series: series[product] ?? [])
        }
    }

    func document(_ row: Row) -> MarketRowDocument {
        MarketRowDocument(
            product: row.product.rawValue, bid: row.quote?.quote.bid.description,
            ask: row.quote?.quote.ask.description, price: row.quote?.quote.mid.doubleValue,
            change24h: row.facts?.priceChange, volume24h: row.facts?.volume ?? row.quote?.volume24h,
            ages: .init(
                quoteMs: age(row.quote),
                candles: row.series.map { (name: $0.name, count: $0.candles?.candles.count ?? 0) }))
    }

    /// Cells of a table, as its heads name them.
    func cells(_ row: Row) -> [String] {
        let change = row.facts?.priceChange.map { String(format: "%+.2f%%", $0) } ?? "-"
        let volume = (row.facts?.volume ?? row.quote?.volume24h).map { String(format: "%.2f", $0) } ?? "-"
        let age = age(row.quote).map { Shown.age(milliseconds: $0) } ?? "-"
        return [row.product.rawValue, row.quote?.quote.mid.description ?? "-", change, volume, age]
            + row.series.map { "\($0.candles?.candles.count ?? 0)" }
    }

    static let heads = ["PRODUCT", "PRICE", "24H", "VOLUME 24H", "AGE"] + spans.map { $0.name.uppercased() }

    private func age(_ quote: CachedQuote?) -> Int64? {
        quote.flatMap { Int64(exactly: (now.timeIntervalSince($0.fetchedAt) * 1_000).rounded()) }
    }
}
