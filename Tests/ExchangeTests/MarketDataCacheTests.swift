import Exchange
import Foundation
import Logging
import Redis
import Synchronization
import TestSupport
import Testing
import Trading

@Suite struct MarketDataCacheTests {
    private let fetched = Date(timeIntervalSince1970: 1_790_000_000.25)
    private let bitcoin = ProductID(rawValue: "BTC-USD")!
    private let ether = ProductID(rawValue: "ETH-USD")!

    private func quote(_ product: ProductID) throws -> Quote {
        Quote(
            product: product, bid: try Amount("0.00001234"), ask: try Amount("0.00001235"),
            time: Date(timeIntervalSince1970: 1_789_999_999.5))
    }

    private func series(_ product: ProductID, count: Int = 300) -> CachedCandles {
        let candles = (0..<count).map { index in
            let price = 100 + Double(index) * 0.1
            let start = 1_788_000_000 / 3600 * 3600 + index * 3600
            return Candle(start: start, open: price, high: price + 1, low: price - 1, close: price, volume: 0.3)
        }
        return CachedCandles(product: product, granularity: .oneHour, candles: candles, fetchedAt: fetched)
    }

    @Test func `fleets of two namespaces see each other's neither market nor account`() async throws {
        let server = try await TemporaryRedis.start()
        var options = RedisOptions()
        options.namespace = try #require(RedisNamespace("two"))
        let (standard, other) = (server.client(), server.client(options))
        let logger = Logger(label: "test")
        try await MarketDataCache(redis: other, logger: logger).store(quotes: [try quote(bitcoin)], fetchedAt: fetched)
        try await PaperFaults(redis: other).arm(.rateLimit)
        #expect(try await MarketDataCache(redis: standard, logger: logger).quotes([bitcoin]).isEmpty)
        let keys = try await standard.send(["KEYS", "*"]).strings().sorted()
        #expect(keys == ["two:1:{paper}:faults", "two:market_data:ticker:BTC-USD"])
    }

    @Test func `what is stored comes back exactly, with its age`() async throws {
        let server = try await TemporaryRedis.start()
        let cache = MarketDataCache(redis: server.client(), logger: Logger(label: "test"))
        let products = try Fixture.market().listings.map(\.product)
        try await cache.store(
            quotes: [try quote(bitcoin), try quote(ether)], candles: [series(bitcoin)], products: products,
            fetchedAt: fetched)
        let snapshots = try await cache.snapshots([ether, bitcoin], granularity: .oneHour)
        let cached = CachedQuote(quote: try quote(bitcoin), fetchedAt: fetched)
        #expect(snapshots[1] == MarketSnapshot(product: bitcoin, quote: cached, candles: series(bitcoin)))
        #expect(snapshots[0].product == ether && snapshots[0].quote != nil && snapshots[0].candles == nil)
        #expect(snapshots[1].quoteAgeSeconds(at: fetched + 10) == 10.75)
        #expect(snapshots[1].candlesAgeSeconds(at: fetched + 10) == 10)
        #expect(snapshots[0].candlesAgeSeconds(at: fetched) == .infinity)
        #expect(try await cache.products() == CachedProducts(products: products, fetchedAt: fetched))
        #expect(try await cache.quotes([bitcoin, ether]).count == 2)
    }

    @Test func `values expire after 60, 900 and 300 seconds`() async throws {
        let server = try await TemporaryRedis.start()
        let redis = server.client()
        let cache = MarketDataCache(redis: redis, logger: Logger(label: "test"))
        let products = try Fixture.market().listings.map(\.product)
        try await cache.store(
            quotes: [try quote(bitcoin)], candles: [series(bitcoin)], products: products, fetchedAt: fetched)
        for (key, seconds) in [
            ("market_data:ticker:BTC-USD", 60), ("market_data:candles:BTC-USD:3600", 900),
            ("market_data:products", 300),
        ] {
            let left = try await redis.send(RedisCommand("TTL", .text(key))).int()
            #expect((seconds - 20...seconds).contains(left), "\(key)")
        }
        #expect(try await redis.send(RedisCommand("DBSIZE")).int() == 3)
    }

    @Test func `a miss is nil and asks nobody`() async throws {
        let server = try await TemporaryRedis.start()
        let cache = MarketDataCache(redis: server.client(), logger: Logger(label: "test"))
        let snapshot = try await cache.snapshot(bitcoin, granularity: .oneHour)
        #expect(snapshot == MarketSnapshot(product: bitcoin, quote: nil, candles: nil))
        #expect(try await cache.products() == nil)
        #expect(try await cache.quotes([]).isEmpty)
    }

    @Test func `a damaged value is a miss and is reported with its key`() async throws {
        let server = try await TemporaryRedis.start()
        let redis = server.client()
        let messages = Messages()
        let cache = MarketDataCache(redis: redis, logger: Logger(label: "test") { _ in messages })
        try await cache.store(candles: [series(ether)], fetchedAt: fetched)
        let key = "market_data:candles:ETH-USD:3600"
        let bytes = try await redis.send(RedisCommand("GET", .text(key))).bytes()
        let short = [[], Array(bytes.dropLast()), Array(bytes.dropLast(48))]
        for damaged in short + [[0] + bytes.dropFirst(), Array("{}".utf8)] {
            _ = try await redis.send(RedisCommand("SET", .text(key), .bytes(damaged)))
            #expect(try await cache.snapshot(ether, granularity: .oneHour).candles == nil)
        }
        for text in ["", "[]", "{\"product_id\":\"BTC-USD\"}", "\u{1}"] {
            _ = try await redis.send(RedisCommand("SET", "market_data:ticker:BTC-USD", .text(text)))
            #expect(try await cache.quotes([bitcoin]).isEmpty)
        }
        _ = try await redis.send(RedisCommand("SET", "market_data:products", "[{}]"))
        #expect(try await cache.products() == nil)
        let keys = messages.keys.withLock { $0 }
        #expect(keys.prefix(5).allSatisfy { $0 == key } && keys.count == 10)
        #expect(keys[5..<9].allSatisfy { $0 == "market_data:ticker:BTC-USD" } && keys[9] == "market_data:products")
    }

    @Test func `older readers find the fields they know`() async throws {
        let server = try await TemporaryRedis.start()
        let redis = server.client()
        let cache = MarketDataCache(redis: redis, logger: Logger(label: "test"))
        let listing = try Fixture.market().listings[0]
        try await cache.store(
            quotes: [try quote(bitcoin)], volumes24h: [bitcoin: 1234.5], products: [listing.product],
            fetchedAt: fetched)
        let ticker = try await json(redis, "market_data:ticker:BTC-USD") as? [String: Any]
        #expect(ticker?["price"] as? Double == 0.000012345 && ticker?["best_bid"] as? Double == 0.00001234)
        #expect(ticker?["volume_24h"] as? Double == 1234.5 && ticker?["data_source"] as? String == "batch_refresh")
        #expect(ticker?["timestamp"] as? String == "2026-09-21T14:13:20+00:00")
        #expect(ticker?["bid_text"] as? String == "0.00001234" && ticker?["mid_text"] as? String == "0.000012345")
        let products = try await json(redis, "market_data:products") as? [[String: Any]]
        let names = ["product_id", "base_currency", "quote_currency", "status", "base_increment", "quote_increment"]
        #expect(names.allSatisfy { products?[0][$0] is String } && products?[0]["trading_disabled"] as? Bool == false)
    }

    @Test func `300 candles of each of 39 products come back at once, 48 bytes for each`() async throws {
        let server = try await TemporaryRedis.start()
        let redis = server.client()
        let cache = MarketDataCache(redis: redis, logger: Logger(label: "test"))
        let products = try Fixture.market().listings.map(\.id)
        try await cache.store(candles: products.map { series($0) }, fetchedAt: fetched)
        let snapshots = try await cache.snapshots(products, granularity: .oneHour)
        #expect(snapshots.map(\.candles) == products.map { series($0) })
        let size = try await redis.send(RedisCommand("STRLEN", "market_data:candles:BTC-USD:3600")).int()
        #expect(size == 24 + 300 * 48)
    }

    private func json(_ redis: RedisClient, _ key: String) async throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try await redis.send(RedisCommand("GET", .text(key))).bytes()))
    }
}

/// Keeps the keys that warnings name.
private final class Messages: LogHandler {
    let keys = Mutex<[String]>([])
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        keys.withLock { $0.append("\(event.metadata?["key"] ?? "")") }
    }
}
