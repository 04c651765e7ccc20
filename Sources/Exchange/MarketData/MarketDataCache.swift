public import Foundation
public import Logging
public import Redis
public import Trading

/// The one and only cache of market data, in Redis.
///
/// One job writes it (domain specification 8); everyone else reads it and never asks the exchange on a miss. A value
/// that cannot be read counts as a miss and is logged at `warning`.
public struct MarketDataCache: Sendable {
    let redis: RedisClient
    let keys: MarketDataKeys
    private let logger: Logger
    let reads = CacheReads()

    /// Asks nothing yet. The keys begin with the client's namespace; in the standard one they have no prefix of the
    /// fleet.
    public init(redis: RedisClient, logger: Logger) {
        self.redis = redis
        keys = MarketDataKeys(redis.namespace)
        self.logger = logger
    }

    /// Writes one refresh in one round trip. Quotes live 60 s, candles 900 s and daily ones 3 h, products 300 s.
    ///
    /// - Parameters:
    ///   - volumes24h: base currency traded in 24 h, for older readers; 0 is written where it is missing.
    ///   - fetchedAt: when the exchange was asked; stamped on quotes and products. A series carries its own.
    ///   - lifeSeconds: how long all of it lives instead, for a market that no job renews.
    /// - Throws: `unavailable`; some of the values may have been written.
    public func store(
        quotes: [Quote] = [], volumes24h: [ProductID: Double] = [:], candles: [CachedCandles] = [],
        products: [Product]? = nil, fetchedAt: Date, lifeSeconds: Int? = nil
    ) async throws(ExchangeError) {
        var commands: [RedisCommand] = []
        let encoder = JSONEncoder()
        do {
            for quote in quotes {
                let cached = CachedQuote(
                    quote: quote, fetchedAt: fetchedAt, volume24h: volumes24h[quote.product] ?? 0)
                let value = try encoder.encode(QuoteEncoding(cached))
                let seconds = lifeSeconds ?? MarketDataKeys.tickerSeconds
                commands.append(set(keys.ticker(quote.product), [UInt8](value), seconds))
            }
            for series in candles {
                let key = keys.candles(series.product, series.granularity)
                let seconds = lifeSeconds ?? MarketDataKeys.candlesSeconds(series.granularity)
                commands.append(set(key, CandleEncoding.bytes(of: series), seconds))
            }
            if let products {
                let value = try encoder.encode(products.map { ProductEncoding($0, fetchedAt: fetchedAt) })
                commands.append(set(keys.products, [UInt8](value), lifeSeconds ?? MarketDataKeys.productsSeconds))
            }
        } catch {
            throw .invalid(what: "market data", reason: "\(error)")
        }
        try await write(commands)
    }

    /// Quotes and candles of several products in one round trip; one entry for each product, in the order given.
    public func snapshots(
        _ products: [ProductID], granularity: Granularity
    ) async throws(ExchangeError) -> [MarketSnapshot] {
        let values = try await read(products.flatMap { [keys.ticker($0), keys.candles($0, granularity)] })
        return products.enumerated().map { index, product in
            MarketSnapshot(
                product: product, quote: values[2 * index].flatMap { quote($0, product) },
                candles: values[2 * index + 1].flatMap { series($0, product, granularity) })
        }
    }

    /// The quote and candles of one product.
    public func snapshot(_ product: ProductID, granularity: Granularity) async throws(ExchangeError) -> MarketSnapshot {
        try await snapshots([product], granularity: granularity)[0]
    }

    /// The quotes of several products in one round trip; those that are missing are left out.
    public func quotes(_ products: [ProductID]) async throws(ExchangeError) -> [ProductID: CachedQuote] {
        let values = try await read(products.map(keys.ticker))
        var quotes: [ProductID: CachedQuote] = [:]
        for (product, value) in zip(products, values) { quotes[product] = value.flatMap { quote($0, product) } }
        return quotes
    }

    /// All products, or `nil` on a miss.
    public func products() async throws(ExchangeError) -> CachedProducts? {
        guard let value = try await read([keys.products])[0] else { return nil }
        do {
            let entries = try JSONDecoder().decode([ProductEncoding].self, from: Data(value))
            // All were fetched together; an empty list has no time and is no list.
            guard let first = entries.first else { return nil }
            return CachedProducts(
                products: entries.map(\.product), fetchedAt: date(milliseconds: first.fetchedMs))
        } catch {
            report(keys.products, "\(error)")
            return nil
        }
    }

    private func quote(_ value: [UInt8], _ product: ProductID) -> CachedQuote? {
        let key = keys.ticker(product)
        do {
            let decoded = try JSONDecoder().decode(QuoteEncoding.self, from: Data(value))
            if let quote = decoded.quote(of: product) { return quote }
            report(key, "it is not a quote of \(product)")
        } catch {
            report(key, "\(error)")
        }
        return nil
    }

    private func series(_ value: [UInt8], _ product: ProductID, _ granularity: Granularity) -> CachedCandles? {
        if let series = CandleEncoding.series(value, product: product, granularity: granularity) { return series }
        let key = keys.candles(product, granularity)
        report(key, "its \(value.count) bytes are not candles of \(granularity.seconds) s")
        return nil
    }

    func report(_ key: String, _ reason: String) {
        logger.warning(
            "A value in the market data cache cannot be read and counts as missing; the next refresh replaces it.",
            metadata: ["key": "\(key)", "reason": "\(reason)"])
    }

    /// One round trip. What earlier reads found is counted in Redis along with this one.
    func read(_ keys: [String]) async throws(ExchangeError) -> [[UInt8]?] {
        if keys.isEmpty { return [] }
        let words: [RedisWord] = ["MGET"]
        let earlier = reads.take()
        let commands = [RedisCommand(words + keys.map { .text($0) })] + counting(earlier)
        do {
            let replies = try await send(commands, "reading market data")
            let values = try found(replies, keys.count)
            let hits = values.count { $0 != nil }
            reads.add(CacheStatistics(hits: hits, misses: values.count - hits))
            return values
        } catch {
            reads.add(earlier)
            throw error
        }
    }

    private func found(_ replies: [RedisValue], _ count: Int) throws(ExchangeError) -> [[UInt8]?] {
        do {
            return try replies[0].array(of: "MGET", count: count).map { try $0.optionalBytes(of: "MGET") }
        } catch {
            throw .unavailable(during: "reading market data", reason: "\(error)")
        }
    }

    func write(_ commands: [RedisCommand]) async throws(ExchangeError) {
        for reply in try await send(commands, "storing market data") {
            do { try reply.ok(of: "SET") } catch {
                throw .unavailable(during: "storing market data", reason: "\(error)")
            }
        }
    }

    func send(_ commands: [RedisCommand], _ operation: String) async throws(ExchangeError) -> [RedisValue] {
        if commands.isEmpty { return [] }
        do {
            return try await redis.pipeline(commands)
        } catch {
            throw .unavailable(during: operation, reason: "\(error)")
        }
    }

    func set(_ key: String, _ value: [UInt8], _ seconds: Int) -> RedisCommand {
        RedisCommand("SET", .text(key), .bytes(value), "EX", .integer(seconds))
    }
}
