import Exchange
import Foundation
import Redis
import TestSupport
import Testing
import Trading

@testable import Dashboard

/// The routes of `/market` against what the old backend answered with the same market.
@Suite struct MarketEndpointTests {
    @Test(arguments: [
        "get_market-accounts", "get_market-portfolio-live", "get_market-ticker-ADA-USD", "get_market-ticker-AVNT-USD",
        "get_market-ticker-BTC-USD", "get_market-ticker-DOGE-USD", "get_market-ticker-ETH-USD",
        "get_market-ticker-LINK-USD", "get_market-ticker-NOPE-USD", "get_market-ticker-SOL-USD",
        "get_market-ticker-USDC-USD", "get_market-ticker-XRP-USD", "get_market-ticker-XTZ-USD",
        "get_market-candles-BTC-USD", "get_market-candles-ETH-USD",
    ])
    func `prices and balances are those of the loaded market`(_ name: String) async throws {
        #expect(try await MarketBench.loaded().differences(name) == [])
    }

    @Test func `products have every field of the exchange's list`() async throws {
        let bench = try await MarketBench.loaded()
        // The old backend wrote small prices with an exponent.
        let differences = try await bench.differences("get_market-products", allowing: ["$.products[*].price"])
        #expect(differences == [])
        let products = try await bench.json(.get, "/api/v1/market/products").body["products"].elements
        let golden = try Golden("get_market-products").body["products"].elements
        for (ours, theirs) in zip(products, golden) {
            #expect(ours["price"].string.flatMap(Double.init) == theirs["price"].string.flatMap(Double.init))
        }
    }

    @Test func `the status of a market that was just loaded is healthy, with an age above zero`() async throws {
        let bench = try await MarketBench.loaded()
        let differences = try await bench.differences(
            "get_market-system-status", allowing: ["$.data_freshness.market_data.seconds_since_update"])
        #expect(differences == [])
        let body = try await bench.json(.get, "/api/v1/market/system/status").body
        #expect(body["data_freshness"]["market_data"]["seconds_since_update"] == .number(0.001))
    }

    @Test func `prices that are old are degraded, and an empty cache is an error`() async throws {
        let old = try await MarketBench.loaded(age: 700).json(.get, "/api/v1/market/system/status").body
        #expect(old["status"] == .text("degraded"))
        #expect(old["data_freshness"]["market_data"]["seconds_since_update"].asDouble == 700)
        #expect(old["data_freshness"]["market_data"]["healthy"] == .flag(false))
        let empty = try await MarketBench().json(.get, "/api/v1/market/system/status")
        #expect(empty.status == 200 && empty.body["status"] == .text("error"))
        #expect(empty.body["services"].members.count == 3)
        #expect(empty.body["data_freshness"]["market_data"]["seconds_since_update"] == .null)
    }

    @Test func `an empty cache answers, and tells no lie about money`() async throws {
        let bench = try await MarketBench()
        #expect(try await bench.json(.get, "/api/v1/market/accounts").status == 503)
        #expect(try await bench.json(.get, "/api/v1/market/portfolio/live").status == 503)
        #expect(try await bench.json(.get, "/api/v1/market/ticker/BTC-USD").status == 404)
        #expect(try await bench.json(.get, "/api/v1/market/ticker/nonsense").status == 404)
        #expect(try await bench.json(.get, "/api/v1/market/products").body["products"] == .list([]))
    }

    @Test func `a damaged cache is an empty one`() async throws {
        let bench = try await MarketBench.loaded()
        for key in ["accounts", "products", "scan", "ticker:BTC-USD"] {
            _ = try await bench.redis.send(RedisCommand("SET", .text("market_data:\(key)"), "{]"))
        }
        #expect(try await bench.json(.get, "/api/v1/market/accounts").status == 503)
        #expect(try await bench.json(.get, "/api/v1/market/products").body["products"] == .list([]))
        #expect(try await bench.json(.get, "/api/v1/market/ticker/BTC-USD").status == 404)
        #expect(try await bench.json(.get, "/api/v1/market/ticker/ETH-USD").status == 200)
        let analysis = try await bench.json(.get, "/api/v1/market-analysis/analysis")
        #expect(analysis.status == 200 && analysis.body["candidates"] == .list([]))
    }

    @Test func `an asset without a price is left out of the portfolio`() async throws {
        let bench = try await MarketBench.loaded()
        _ = try await bench.redis.send(["DEL", "market_data:ticker:ETH-USD"])
        let body = try await bench.json(.get, "/api/v1/market/portfolio/live").body
        #expect(!body["holdings"].elements.contains { $0["currency"] == .text("ETH") })
        let total = body["total_portfolio_value_usd"].asDouble ?? 0
        #expect(abs(total - (3833.67803494 - 493.795247)) < 1e-6)
    }

    @Test func `candles are fetched by a job whose id is told`() async throws {
        let bench = try await MarketBench()
        #expect(try await bench.differences("post_market-fetch-data-BTC-USD", allowing: ["$.task_id"]) == [])
        #expect(
            bench.jobs.all == [
                ["cache-refresh", #"{"granularity":"1h","product":"BTC-USD","record":true,"what":"candles"}"#]
            ])
        let fetch = "/api/v1/market/fetch-data"
        #expect(try await bench.json(.post, fetch + "/BTC-USD", query: ["timeframe": "7m"]).status == 400)
        #expect(try await bench.json(.post, fetch + "/nonsense").status == 404)
        #expect(bench.jobs.all.count == 1)
    }

    @Test func `the newest candles come, oldest first, and rows without a number are left out`() async throws {
        let bench = try await MarketBench(
            changedBy: "INSERT INTO market_data (product_id, timestamp, timeframe, close_price) VALUES "
                + "('BTC-USD', '2025-10-04 12:00:00', '1h', 'x'), ('BTC-USD', 'never', '1h', 1);")
        let path = "/api/v1/market/candles/BTC-USD"
        let all = try await bench.json(.get, path).body.elements
        #expect(all.count == 48)
        let two = try await bench.json(.get, path, query: ["limit": "4"]).body.elements
        #expect(two == Array(all.suffix(2)))
        #expect(try await bench.json(.get, path, query: ["limit": "-1"]).body == .list([]))
    }

    @Test func `reads are counted in Redis, and told with the cache's size`() async throws {
        let bench = try await MarketBench.loaded()
        _ = try await bench.json(.get, "/api/v1/market/ticker/BTC-USD")
        _ = try await bench.json(.get, "/api/v1/market/ticker/USDC-USD")
        let golden = ["$.cache_performance.*"]
        #expect(try await bench.differences("get_cache-monitoring-cache-stats", allowing: golden) == [])
        let stats = try await bench.json(.get, "/api/v1/cache-monitoring/cache/stats").body["cache_performance"]
        #expect(stats["cache_hits"] == .integer(1) && stats["cache_misses"] == .integer(1))
        #expect(stats["total_requests"] == .integer(2) && stats["cache_hit_rate"].asDouble == 50)
        // Three lists, and a quote and candles of each of 39 bots.
        #expect(stats["cache_size"] == .integer(81) && stats["status"] == .text("active"))
        let health = try await bench.json(.get, "/api/v1/cache-monitoring/cache/health").body
        #expect(health["status"] == .text("healthy") && health["error"] == .null)
    }
}
