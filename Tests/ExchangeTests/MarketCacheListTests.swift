import Exchange
import Foundation
import Logging
import Redis
import TestSupport
import Testing
import Trading

/// Balances, scans and the count of reads.
@Suite struct MarketCacheListTests {
    private let fetched = Date(timeIntervalSince1970: 1_790_000_000.25)
    private let bitcoin = ProductID(rawValue: "BTC-USD")!

    private func cache(_ redis: RedisClient) -> MarketDataCache {
        MarketDataCache(redis: redis, logger: Logger(label: "test"))
    }

    private func lifetime(_ key: String, _ redis: RedisClient) async throws -> Int {
        try await redis.send(RedisCommand("TTL", .text(key))).int()
    }

    private func product(_ name: String, price: String, _ facts: ProductFacts = ProductFacts()) throws -> Product {
        Product(
            id: try ProductID(name), price: try Amount(price), baseIncrement: try Amount("0.01"),
            quoteIncrement: try Amount("0.01"), priceIncrement: try Amount("0.01"), baseMinSize: try Amount("0.01"),
            baseMaxSize: Amount(1_000), quoteMinSize: Amount(1), quoteMaxSize: Amount(1_000), facts: facts)
    }

    @Test func `balances come back exactly, in their order, for 90 seconds`() async throws {
        let redis = try await SharedServer.client()
        let cache = cache(redis)
        #expect(try await cache.accounts() == nil)
        let accounts = CachedAccounts(
            accounts: [
                Account(currency: "USD", available: try Amount("1250.5"), hold: .zero),
                Account(currency: "BTC", available: try Amount("0.00000001"), hold: try Amount("0.5")),
            ], fetchedAt: fetched)
        try await cache.store(accounts: accounts)
        #expect(try await cache.accounts() == accounts)
        #expect(try await cache.accounts()?.ageSeconds(at: fetched + 3) == 3)
        #expect((70...90).contains(try await lifetime("market_data:accounts", redis)))
    }

    @Test func `a scan comes back with its time, for three hours`() async throws {
        let redis = try await SharedServer.client()
        let cache = cache(redis)
        let facts = ProductFacts(baseName: "Kas", priceChange: -1.5, volumeChange: 3, quoteVolume: 2e6)
        let products = [
            try product("KAS-USD", price: "0.5", facts), try product("KAS-EUR", price: "0.5", facts),
            try product("NIL-USD", price: "0"),
        ]
        try await cache.store(scan: MarketScan(products, scannedAt: fetched))
        let scan = try #require(try await cache.scan())
        #expect(scan.scannedAt == fetched && scan.scores.map(\.product.rawValue) == ["KAS-USD"])
        #expect(scan.scores == [try #require(PairScore(products[0]))])
        #expect((10_780...10_800).contains(try await lifetime("market_data:scan", redis)))
    }

    @Test func `daily candles live for three hours, and a loaded market as long as is said`() async throws {
        let redis = try await SharedServer.client()
        let cache = cache(redis)
        let candle = Candle(start: 86_400, open: 1, high: 1, low: 1, close: 1, volume: 1)
        for granularity in [Granularity.oneDay, .fiveMinutes] {
            try await cache.store(
                candles: [
                    CachedCandles(product: bitcoin, granularity: granularity, candles: [candle], fetchedAt: fetched)
                ], fetchedAt: fetched)
        }
        #expect(try await lifetime("market_data:candles:BTC-USD:86400", redis) > 10_000)
        #expect(try await lifetime("market_data:candles:BTC-USD:300", redis) <= 900)
        let quote = Quote(product: bitcoin, bid: Amount(1), ask: Amount(1), time: fetched)
        try await cache.store(quotes: [quote], volumes24h: [bitcoin: 12.5], fetchedAt: fetched, lifeSeconds: 7_200)
        #expect(try await lifetime("market_data:ticker:BTC-USD", redis) > 7_000)
        #expect(try await cache.quotes([bitcoin])[bitcoin]?.volume24h == 12.5)
    }

    @Test func `facts of a product survive the cache, and what is not known stays unknown`() async throws {
        let cache = cache(try await SharedServer.client())
        let facts = ProductFacts(
            baseName: "Bitcoin", quoteName: "US Dollar", isNew: true, priceChange: -2.7, volume: 212.099,
            volumeChange: 52.5, quoteVolume: 25_045_451.25)
        let products = [try product("BTC-USD", price: "1", facts), try product("ETH-USD", price: "1")]
        try await cache.store(products: products, fetchedAt: fetched)
        #expect(try await cache.products()?.products == products)
    }

    @Test func `reads of all processes are counted, each once`() async throws {
        let redis = try await SharedServer.client()
        let (one, other) = (cache(redis), cache(redis))
        #expect(try await one.statistics() == CacheStatistics())
        #expect(try await one.statistics().hitPercent == 0)
        let quote = Quote(product: bitcoin, bid: Amount(1), ask: Amount(1), time: fetched)
        try await one.store(quotes: [quote], fetchedAt: fetched)
        for _ in 0..<2 { _ = try await one.snapshot(bitcoin, granularity: .oneHour) }
        // A copy shares the count.
        let copy = other
        _ = try await copy.quotes([bitcoin])
        #expect(try await other.statistics() == CacheStatistics(hits: 2, misses: 1))
        #expect(try await one.statistics() == CacheStatistics(hits: 3, misses: 2))
        #expect(try await other.statistics() == CacheStatistics(hits: 3, misses: 2))
        #expect(CacheStatistics(hits: 2, misses: 1).hitPercent == 66.67)
    }

    @Test func `what was read while Redis was away is counted later`() async throws {
        let server = try await TemporaryRedis.start()
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(100)
        let cache = cache(server.client(options))
        _ = try await cache.quotes([bitcoin])
        try await server.kill9()
        await #expect(throws: ExchangeError.self) { _ = try await cache.quotes([bitcoin]) }
        await #expect(throws: ExchangeError.self) { _ = try await cache.statistics() }
        try await server.restart()
        try await eventually("the cache is read again", within: .seconds(20)) {
            (try? await cache.statistics()) == CacheStatistics(hits: 0, misses: 1)
        }
    }
}
