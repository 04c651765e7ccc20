import Redis
public import Trading

/// How the cache is used.
extension MarketDataCache {
    /// Reads of all processes since the counting began; of another process, all but its newest read.
    /// - Throws: `unavailable`.
    public func statistics() async throws(ExchangeError) -> CacheStatistics {
        let pending = reads.take()
        do {
            let commands = counting(pending) + [RedisCommand("HMGET", .text(keys.reads), "hits", "misses")]
            let reply = try await send(commands, "reading the cache's statistics").last
            let counts = try reply?.array(of: "HMGET", count: 2).map { try $0.optionalInt(of: "HMGET") ?? 0 } ?? [0, 0]
            return CacheStatistics(hits: counts[0], misses: counts[1])
        } catch let error as ExchangeError {
            reads.add(pending)
            throw error
        } catch {
            throw .unavailable(during: "reading the cache's statistics", reason: "\(error)")
        }
    }

    /// How many values the cache holds: lists, and quotes and hourly candles of these products.
    /// - Throws: `unavailable`.
    public func size(of products: [ProductID]) async throws(ExchangeError) -> Int {
        let series = products.flatMap { [keys.ticker($0), keys.candles($0, .oneHour)] }
        let words: [RedisWord] = ["EXISTS"]
        let names = [keys.products, keys.accounts, keys.scan] + series
        let replies = try await send([RedisCommand(words + names.map { .text($0) })], "counting market data")
        do {
            return try replies[0].int(of: "EXISTS")
        } catch {
            throw .unavailable(during: "counting market data", reason: "\(error)")
        }
    }

    /// The commands that count earlier reads in Redis; none when there is nothing to count. A refused count is lost: it
    /// must not fail the read that it comes with.
    func counting(_ earlier: CacheStatistics) -> [RedisCommand] {
        [("hits", earlier.hits), ("misses", earlier.misses)].filter { $0.1 > 0 }
            .map { RedisCommand("HINCRBY", .text(keys.reads), .text($0.0), .integer($0.1)) }
    }
}
