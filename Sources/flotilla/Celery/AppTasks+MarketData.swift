import CeleryBridge
import Exchange
import Foundation
import JobQueue
import Jobs
import Ledger
import Logging
import Redis
import Trading
import Worker

/// The cache of market data.
extension AppTasks {
    private static let module = "app.tasks.market_data_tasks"
    /// How long a quote lives in the cache; see `MarketDataCache.store`.
    private static let quoteLifeSeconds = 60

    func registerMarketData(into table: inout TaskTable) {
        table["\(Self.module).refresh_all_market_data"] = { call in
            let arguments = try BoundArguments(call, [.optional("product_ids", .null)])
            let products = try arguments.texts("product_ids")
            return try await reporting({ ended("refresh_all_market_data", error: $0) }) {
                try await refreshPrices(products, call)
            }
        }
        table["\(Self.module).refresh_products_list"] = { call in
            _ = try BoundArguments(call, [])
            return try await reporting({ ended("refresh_products_list", error: $0) }) {
                let done = try await refresh("products", in: call.context)
                let count = try await dependencies.cache.products()?.products.count ?? 0
                return TaskReturn(
                    WireValue(members: [
                        ("success", .bool(count > 0)), ("products_count", WireValue(count)),
                        ("task_name", .text("refresh_products_list")), ("completed_at", .text(awareTime)),
                    ]), output: done.output)
            }
        }
        table["\(Self.module).cache_stats_logger"] = { call in
            _ = try BoundArguments(call, [])
            let statistics = try await statistics()
            call.context.logger.info("market data cache: \(statistics.json)")
            return TaskReturn(statistics)
        }
        table["\(Self.module).health_check"] = { call in
            _ = try BoundArguments(call, [])
            return TaskReturn(try await health(call.context))
        }
    }

    private func ended(_ task: String, error: String) -> WireValue {
        WireValue(members: [
            ("success", .bool(false)), ("error", .text(error)), ("task_name", .text(task)),
            ("completed_at", .text(awareTime)),
        ])
    }

    /// - Parameter names: nil for the pairs of the running bots.
    private func refreshPrices(_ names: [String]?, _ call: TaskCall) async throws -> TaskReturn {
        let begun = now()
        var wanted = names ?? []
        if names == nil { wanted = try await runningPairs() }
        let products = wanted.compactMap { ProductID(rawValue: $0) }
        let list = WireObject([("products", .list(products.map { .text($0.rawValue) }))])
        let done = products.isEmpty ? TaskReturn(.null) : try await refresh("quotes", list, in: call.context)
        let quotes = try await dependencies.cache.quotes(products)
        let cached = products.filter { quotes[$0] != nil }.map { WireValue.text($0.rawValue) }
        let seconds = (now().timeIntervalSince(begun) * 100).rounded() / 100
        return TaskReturn(
            WireValue(members: [
                ("success", .bool(true)), ("products_processed", WireValue(wanted.count)),
                ("success_count", WireValue(cached.count)), ("error_count", WireValue(wanted.count - cached.count)),
                ("cached_products", .list(cached)), ("elapsed_seconds", WireValue(max(0, seconds))),
                ("timestamp", .text(awareTime)), ("task_name", .text("refresh_all_market_data")),
                ("task_id", .text(call.id)), ("completed_at", .text(awareTime)),
            ]), output: done.output)
    }

    /// Each pair once, in the order of the bots.
    private func runningPairs() async throws -> [String] {
        var seen: Set<String> = []
        return try await dependencies.ledger.runningBots().map(\.pair).filter { seen.insert($0).inserted }
    }

    /// The statistics of the cache that all processes share. Reading it makes no call to the exchange, so `api_calls`
    /// is 0.
    private func statistics() async throws -> WireValue {
        let reads = try await dependencies.cache.statistics()
        let products = try await runningPairs().compactMap { ProductID(rawValue: $0) }
        let quotes = try await dependencies.cache.quotes(products).values
        let newest = quotes.map(\.fetchedAt).max()
        return WireValue(members: [
            ("cache_hits", WireValue(reads.hits)), ("cache_misses", WireValue(reads.misses)),
            ("hit_rate_percent", WireValue(reads.hitPercent)), ("api_calls", WireValue(0)), ("errors", WireValue(0)),
            ("last_refresh", WireValue(newest.map { Self.text($0) + "+00:00" })),
            ("last_batch_size", WireValue(quotes.count)),
            ("cache_ttl_seconds", WireValue(Self.quoteLifeSeconds)),
            ("redis_info", await keyspace()), ("task_name", .text("cache_stats_logger")),
            ("logged_at", .text(awareTime)),
        ])
    }

    /// `{connected, keyspace: {db0: {keys, expires, avg_ttl}}}`; without a keyspace where Redis does not tell.
    private func keyspace() async -> WireValue {
        let text = try? await dependencies.broker.redis.send(["INFO", "keyspace"]).string(of: "INFO")
        guard let text else { return WireValue(members: [("connected", .bool(false))]) }
        let databases = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("db") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            let fields = (parts.last ?? "").split(separator: ",").compactMap { field -> (String, WireValue)? in
                let pair = field.split(separator: "=")
                guard pair.count == 2, let number = Int(pair[1]) else { return nil }
                return (String(pair[0]), WireValue(number))
            }
            return (String(parts[0]), WireValue(members: fields).keeping(["keys", "expires", "avg_ttl"]))
        }
        return WireValue(members: [("connected", .bool(true)), ("keyspace", WireValue(members: databases))])
    }

    /// Whether Redis and the exchange answer. A list of products in the cache is an answer of the last five minutes;
    /// without one the exchange is asked.
    private func health(_ context: JobContext) async throws -> WireValue {
        var (redis, exchange) = ("healthy", "healthy")
        do {
            if try await dependencies.cache.products() == nil {
                let asked = try await reporting({ .text($0) }) { try await refresh("products", in: context) }
                if asked.value.string != nil { exchange = "unhealthy" }
            }
        } catch is ExchangeError {
            (redis, exchange) = ("unhealthy", "unknown")
        }
        let service = redis == "healthy" && exchange == "healthy" ? "healthy" : "degraded"
        return WireValue(members: [
            ("service", .text(service)), ("redis", .text(redis)), (JobDependencies.usualExchangeLimit, .text(exchange)),
            ("timestamp", .text(awareTime)), ("task_name", .text("market_data_health_check")),
            ("checked_at", .text(awareTime)),
        ])
    }
}
