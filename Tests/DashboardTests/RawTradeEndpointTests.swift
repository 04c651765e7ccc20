import Exchange
import Foundation
import Ledger
import Testing
import Trading

@testable import Dashboard

@Suite struct RawTradeEndpointTests {
    @Test(arguments: ["get_raw-trades__limit20", "get_raw-trades__limit50", "get_raw-trades__btc"])
    func `the list of fills reads as recorded, but for commissions that are null`(_ name: String) async throws {
        let bench = try await DashboardBench()
        let differences = try await bench.differences(name)
        // The page calculates with every commission.
        #expect(differences.allSatisfy { $0.hasSuffix(".commission: expected null, got 0") })
        #expect(differences.count == (name.contains("btc") ? 0 : 1))
    }

    @Test(arguments: ["get_raw-trades-by-order-order-multi", "get_raw-trades-by-order-nope"])
    func `the fills of an order read as recorded`(_ name: String) async throws {
        #expect(try await DashboardBench().differences(name) == [])
    }

    @Test(arguments: ["get_raw-trades-stats__empty-db", "get_raw-trades-pnl-by-product__empty-db"])
    func `without fills every sum is zero`(_ name: String) async throws {
        #expect(try await DashboardBench(fixture: false).differences(name) == [])
    }

    /// Without the one fill in quote units, which the old backend left out of its sums.
    private static let withoutQuoteFill = "DELETE FROM raw_trades WHERE size_in_quote;"

    @Test func `sums over all fills are as recorded where the order of fills has no say`() async throws {
        let bench = try await DashboardBench(changedBy: Self.withoutQuoteFill)
        let differences = try await bench.differences("get_raw-trades-stats", allowing: ["$.net_pnl"])
        #expect(differences == ["$.total_trades: expected 118, got 117"])
        let all = try await DashboardBench().json(.get, "/api/v1/raw-trades/stats")
        // 30 USD with 0.18 of commission.
        #expect(abs((all["total_volume_usd"].asDouble ?? 0) - 3_182.165032833606) < 1e-6)
        #expect(abs((all["total_fees"].asDouble ?? 0) - 16.962) < 1e-9)
    }

    @Test func `gains by product are as recorded where the order of fills has no say`() async throws {
        let bench = try await DashboardBench(changedBy: Self.withoutQuoteFill)
        try await bench.storeQuotes()
        let answer = try await bench.json(.get, "/api/v1/raw-trades/pnl-by-product")
        let products = answer["products"].elements
        let golden = try Golden("get_raw-trades-pnl-by-product").body["products"].elements
        #expect(Set(products.compactMap { $0["product_id"].string }).count == golden.count)
        let comparison = GoldenComparison(allowed: [
            "$.realized_pnl_usd", "$.unrealized_pnl_usd", "$.net_pnl_usd",
        ])
        for expected in golden {
            let product = try #require(products.first { $0["product_id"] == expected["product_id"] })
            var found = comparison.differences(expected: expected, actual: product)
            if expected["product_id"].string == "ETH-USD" {
                found.removeAll { $0 == "$.trade_count: expected 5, got 4" }
            }
            #expect(found == [], "\(expected["product_id"])")
        }
        let nets = products.map { $0["net_pnl_usd"].asDouble ?? .nan }
        #expect(nets == nets.sorted(by: >))
    }

    @Test func `realized and unrealized add up to what came in, less what went out, plus what is held`() async throws {
        let bench = try await DashboardBench()
        try await bench.storeQuotes()
        let products = try await bench.json(.get, "/api/v1/raw-trades/pnl-by-product")["products"].elements
        for product in products where product["current_price"].asDouble != nil {
            func number(_ name: String) -> Double { product[name].asDouble ?? .nan }
            let sign = number("current_holdings") < 0 ? -1.0 : 1
            let net = number("net_pnl_usd")
            #expect(abs(net - number("realized_pnl_usd") - number("unrealized_pnl_usd")) < 1e-9)
            // Commissions of fills that opened something are in none of the gains.
            let cash = number("total_received_usd") - number("total_spent_usd") + sign * number("current_value")
            #expect(net >= cash - 1e-6 && net <= cash + number("total_fees_usd") + 1e-6, "\(product["product_id"])")
        }
    }

    @Test func `a buy and a later sell at a higher price are a gain, whatever is bought after`() async throws {
        let bench = try await DashboardBench(
            fixture: false,
            changedBy: Self.fills([
                ("BUY", 1, 10, 0.1), ("SELL", 1, 12, 0.2), ("BUY", 1, 20, 0.1),
            ]))
        let stats = try await bench.json(.get, "/api/v1/raw-trades/stats")
        #expect(abs((stats["net_pnl"].asDouble ?? 0) - 1.8) < 1e-12)
    }

    @Test func `fills in quote units count in base units`() async throws {
        let bench = try await DashboardBench(
            fixture: false,
            changedBy: """
                INSERT INTO raw_trades (fill_id, order_id, product_id, side, size, size_in_quote, price, created_at)
                VALUES ('a', 'o', 'ETH-USD', 'BUY', 30.0, 1, 4000.0, '2025-10-04T06:10:00Z');
                """)
        let product = try await bench.json(.get, "/api/v1/raw-trades/pnl-by-product")["products"][0]
        #expect(product["current_holdings"] == .number(0.0075))
        #expect(product["total_spent_usd"].asDouble == 30 && product["buy_trades"].whole == 1)
        let position = try await bench.json(.get, "/api/v1/positions")[0]
        #expect(position["current_quantity"] == .number(0.0075) && position["average_cost_basis"].asDouble == 4000)
    }

    @Test func `rows with nonsense are listed as numbers, and count in no sum`() async throws {
        let bench = try await DashboardBench(
            changedBy: """
                INSERT INTO raw_trades (fill_id, order_id, product_id, side, size, size_in_quote, price, commission,
                    created_at) VALUES
                ('h1', 'o1', 'BTC-USD', 'HOLD', 1, 0, 100, 1, '2025-10-05T00:00:00Z'),
                ('h2', 'o2', 'BTC-USD', 'BUY', 'much', 0, 100, 'x', '2025-10-05T00:00:01Z'),
                ('h3', 'o3', 'BTC-USD', 'buy', -5, 0, 100, 1, '2025-10-05T00:00:02Z'),
                ('h4', 'o4', 'BTC-USD', 'SELL', 1, 0, 0, 1, 'yesterday'),
                ('h5', 'o5', 'BTC-USD', 'BUY', 9e999, 1, 1, 1, x'00'),
                ('h6', 'o6', 'XXX', 'sell', 1, 0, 5, 9e999, '2025-10-05');
                """)
        let clean = try await DashboardBench().json(.get, "/api/v1/raw-trades/stats")
        let stats = try await bench.json(.get, "/api/v1/raw-trades/stats")
        #expect(stats["total_trades"] == .integer(124) && stats["total_products"] == .integer(33))
        #expect(stats["net_pnl"] == clean["net_pnl"])
        let rows = try await bench.json(.get, "/api/v1/raw-trades", query: ["limit": "-1"]).elements
        #expect(rows.count == 124)
        for row in rows {
            for name in ["size", "price", "commission", "usd_value"] { #expect(row[name].asDouble?.isFinite == true) }
            #expect(row["side"].string == row["side"].string?.uppercased())
        }
        let status = try await bench.call(.get, "/api/v1/raw-trades/pnl-by-product").status
        #expect(status == 200)
    }

    @Test func `positions are as recorded but for the fill in quote units`() async throws {
        let bench = try await DashboardBench(changedBy: Self.withoutQuoteFill)
        let counts = ["$[29].buy_count: expected 4, got 3", "$[29].trade_count: expected 5, got 4"]
        #expect(try await bench.differences("get_positions_slash") == counts)
        #expect(
            try await bench.differences("get_positions-summary") == ["$.total_trades: expected 118, got 117"])
        let whole = try await DashboardBench().differences("get_positions_slash")
        #expect(whole.allSatisfy { $0.hasPrefix("$[29].") })
    }

    /// Fills of one product, an hour apart.
    private static func fills(_ fills: [(side: String, size: Double, price: Double, fee: Double)]) -> String {
        fills.enumerated().map { index, fill in
            """
            INSERT INTO raw_trades (
                fill_id, order_id, product_id, side, size, size_in_quote, price, commission, created_at
            ) VALUES ('f\(index)', 'o\(index)', 'BTC-USD', '\(fill.side)', \(fill.size), 0, \(fill.price), \(fill.fee),
                '2025-10-01T0\(index):00:00Z');
            """
        }.joined(separator: "\n")
    }
}

extension DashboardBench {
    private struct Market: Decodable {
        struct Ticker: Decodable { let price: Double }
        let ticker: [String: Ticker]
    }

    /// Writes the recorded market's prices to the cache, as the refresh would have.
    func storeQuotes() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/fixture-market.json")
        let market = try JSONDecoder().decode(Market.self, from: Data(contentsOf: file))
        let quotes = try market.ticker.compactMap { name, ticker -> Quote? in
            guard let product = ProductID(rawValue: name) else { return nil }
            let price = try Amount(approximating: ticker.price, scale: 18)
            return Quote(product: product, bid: price, ask: price, time: FixtureLedger.now)
        }
        try await dependencies.cache.store(quotes: quotes, fetchedAt: FixtureLedger.now)
    }
}
