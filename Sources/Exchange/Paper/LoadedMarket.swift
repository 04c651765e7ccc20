import Foundation
import Redis
import Trading

/// The market of a file that takes the place of the offline market for a while; in Redis, so that all processes see the
/// same.
struct LoadedMarket: Sendable {
    private let redis: RedisClient
    private let keys: PaperKeys

    /// Of a product that the offline market does not have: a spread in basis points, and dollars on the best level.
    private static let usualBook = (spread: 2.0, depth: 50_000)

    init(redis: RedisClient) {
        self.redis = redis
        keys = PaperKeys(redis.namespace)
    }

    /// Puts a market in place, and forgets the products of the last.
    func store(_ products: [Product], _ candles: [CachedCandles], seconds: Int) async throws(ExchangeError) {
        var commands = [RedisCommand("DEL", .text(keys.loadedProducts))]
        do {
            let encoder = JSONEncoder()
            for product in products {
                let value = RedisWord.bytes([UInt8](try encoder.encode(product)))
                commands.append(RedisCommand("HSET", .text(keys.loadedProducts), .text(product.id.rawValue), value))
            }
            commands.append(RedisCommand("PEXPIRE", .text(keys.loadedProducts), .integer(1_000 * seconds)))
            for series in candles {
                let key = keys.loadedCandles(series.product, series.granularity)
                let value = CandleEncoding.bytes(of: series)
                commands.append(RedisCommand("SET", .text(key), .bytes(value), "EX", .integer(seconds)))
            }
            for reply in try await redis.pipeline(commands) { _ = try reply.checked() }
        } catch {
            throw .unavailable(during: "loading a market", reason: "\(error)")
        }
    }

    /// Empty while none is loaded.
    func products() async throws(ExchangeError) -> [ProductID: Product] {
        do {
            let fields = try await redis.send(RedisCommand("HGETALL", .text(keys.loadedProducts)))
                .pairs(of: "HGETALL loaded products")
            var products: [ProductID: Product] = [:]
            for (name, value) in fields {
                guard let id = ProductID(rawValue: name) else { continue }
                products[id] = try JSONDecoder().decode(
                    Product.self, from: Data(try value.bytes(of: "HGETALL loaded products")))
            }
            return products
        } catch {
            throw .unavailable(during: "reading the loaded market", reason: "\(error)")
        }
    }

    /// `nil` where the loaded market has none.
    func candles(_ product: ProductID, _ granularity: Granularity) async throws(ExchangeError) -> [Candle]? {
        do {
            let value = try await redis.send(RedisCommand("GET", .text(keys.loadedCandles(product, granularity))))
                .optionalBytes(of: "GET loaded candles")
            return value.flatMap { CandleEncoding.series($0, product: product, granularity: granularity)?.candles }
        } catch {
            throw .unavailable(during: "reading the loaded market", reason: "\(error)")
        }
    }

    /// Keeps the order in which balances were given, for good.
    func store(currencies: [String]) async throws(ExchangeError) {
        do {
            let value = RedisWord.bytes([UInt8](try JSONEncoder().encode(currencies)))
            _ = try await redis.send(RedisCommand("SET", .text(keys.currencies), value))
        } catch {
            throw .unavailable(during: "loading balances", reason: "\(error)")
        }
    }

    /// Empty until balances were given.
    func currencies() async throws(ExchangeError) -> [String] {
        do {
            let value = try await redis.send(RedisCommand("GET", .text(keys.currencies)))
                .optionalBytes(of: "GET currencies")
            return try value.map { try JSONDecoder().decode([String].self, from: Data($0)) } ?? []
        } catch {
            throw .unavailable(during: "reading the order of the balances", reason: "\(error)")
        }
    }

    /// The book around the loaded price of an order's product; `nil` while its product is not loaded.
    /// - Throws: `refused` for a product without a price, and for an order that would rest where nothing fills it.
    func book(
        _ order: OrderRequest, in market: PaperMarket, at time: Int
    ) async throws(ExchangeError) -> PaperBook? {
        guard let product = try await products()[order.product] else { return nil }
        let offline = market.lists(product.id) ? try market.listing(product.id) : nil
        // Resting orders are settled in the offline market, in its increments.
        if case .limitGTC = order.configuration, offline?.hasIncrements(of: product) != true {
            throw .refused(
                .unsupportedConfiguration, message: "an order of \(product.id) cannot rest: its market is loaded")
        }
        // Whoever plans an order knows the loaded rules alone.
        let listing = try PaperListing(
            product: product, spreadBps: offline.map { Double($0.spread) / 100 } ?? Self.usualBook.spread,
            depthDollars: offline?.depthDollars ?? Self.usualBook.depth)
        let increment = listing.product.quoteIncrement
        let price = try exact("the loaded price of \(product.id)") { () throws(TradingError) in
            try product.price.floored(to: increment)
        }
        guard let count = listing.price.count(price), count > 0 else {
            throw .refused(.untradableProduct, message: "\(product.id) has no price in the loaded market")
        }
        let row = PaperCandles.Row(open: count, high: count, low: count, close: count, volume: 0, isReal: true)
        return PaperBook(
            listing: listing, row: row, volumeDecimals: 0, time: time - time % PaperMarket.subTick, seed: "loaded")
    }
}
