import Exchange
import Foundation
import JobQueue
import Ledger
import Redis
import Testing
import Trading

@testable import Jobs

/// A portfolio is the whole account, and is rebalanced on fresh data of all of it.
@Suite(.serialized)
struct RebalanceAccountTests {
    private func rebalance(_ bench: JobBench, _ payload: String = "{}", id: String = "reb") async throws
        -> RebalanceReport
    {
        try await bench.enqueue("rebalance", payload, id: id)
        try await bench.age(id, in: "rebalance", bySeconds: 91)
        return try await bench.attempt("rebalance").report()
    }

    @Test func `what the products of stopped bots hold is equity, and is not sold`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.hold("0.2")
        try await bench.ledger.setStatus(.stopped, ofBot: 1)
        let report = try await rebalance(bench)
        let worth = try await bench.held("BTC-USD")
        #expect(report.equity == (try await bench.balance("USD")) + worth)
        let line = try #require(report.positions.first { $0.product == "BTC-USD" })
        #expect(line.value == worth && line.note == "NO_RUNNING_BOT" && line.target == nil)
        #expect(report.orders.map(\.product).sorted() == ["DOGE-USD", "ETH-USD"])
    }

    @Test func `a holding without a fresh price stops it, is named, and is quoted from then on`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.hold("40", of: "SOL-USD")
        let blind = try await rebalance(bench)
        #expect(blind.skipped == "STALE_DATA" && blind.orders.isEmpty && blind.lacking.keys.sorted() == ["SOL-USD"])
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        let refresh = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "quotes")
        #expect(refresh.result == ["quotes": "4"])
        #expect(try await rebalance(bench, id: "next").orders.count == 3)
    }

    @Test func `one target without fresh data stops it, unless a share is enough`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        let full = try await rebalance(bench)
        try await bench.sql("UPDATE rebalances SET state = 'CLOSED'")
        bench.wall.advance(61)
        try await bench.fillCache(["BTC-USD", "DOGE-USD"])
        let blind = try await rebalance(bench, id: "blind")
        #expect(blind.skipped == "STALE_DATA" && blind.lacking == ["ETH-USD": "its quote is 61 s old"])
        let part = try await rebalance(bench, #"{"fresh_share": "0.6"}"#, id: "part")
        // What is unknown keeps its share as cash: nobody else gets it.
        #expect(part.skipped == nil && part.orders.map(\.product).sorted() == ["BTC-USD", "DOGE-USD"])
        let (before, after) = (full.positions.compactMap(\.target), part.positions.compactMap(\.target))
        #expect(after.reduce(.zero, +) <= (try Amount("0.2")) && before.count == 3 && after.count == 2)
    }

    @Test func `few candles and old candles are no data`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        let id = try ProductID("ETH-USD")
        let cached = try #require(try await bench.cache.snapshot(id, granularity: .oneHour).candles)
        for (candles, lack) in [
            (Array(cached.candles.suffix(59)), "59 candles of 60"), (Array(cached.candles.dropLast(4)), "its candles"),
        ] {
            try await bench.cache.store(
                candles: [
                    .init(product: id, granularity: .oneHour, candles: candles, fetchedAt: bench.wall.now)
                ], fetchedAt: bench.wall.now)
            let report = try await rebalance(bench, id: "reb-\(candles.count)")
            #expect(report.skipped == "STALE_DATA" && report.lacking["ETH-USD"]?.hasPrefix(lack) == true)
        }
    }

    @Test func `what the exchange does not list counts at its last fill, or for nothing, and is named`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.hold("0.01")
        try await bench.give("1000", of: "OLD")
        try await bench.give("7", of: "DUST")
        try await bench.sql(
            """
            INSERT INTO raw_trades (fill_id, order_id, product_id, side, size, size_in_quote, price, created_at)
            VALUES ('f1', 'o1', 'OLD-USD', 'BUY', 1000, 0, 2.5, '2025-01-01T10:00:00Z')
            """)
        let report = try await rebalance(bench)
        #expect(report.skipped == nil)
        let (old, dust) = (
            report.positions.first { $0.product == "OLD-USD" }, report.positions.first { $0.product == "DUST-USD" }
        )
        #expect(old?.value == Amount(2_500) && old?.basis == "recorded" && old?.note == "NO_RUNNING_BOT")
        #expect(dust?.value == .zero && dust?.basis == "unknown")
        #expect(
            report.equity == (try await bench.balance("USD")) + (try await bench.held("BTC-USD")) + Amount(2_500))
    }

    @Test func `a running bot's product that the exchange does not list is no target, and its share stays cash`()
        async throws
    {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.sql("UPDATE bots SET pair = 'PEPE-USD' WHERE id = 3")
        let report = try await rebalance(bench)
        #expect(report.skipped == nil && report.orders.map(\.product).sorted() == ["BTC-USD", "DOGE-USD"])
        #expect(report.positions.first { $0.product == "PEPE-USD" }?.note == "NOT_LISTED")
        #expect(report.positions.compactMap(\.target).reduce(.zero, +) <= (try Amount("0.2")))
    }

    @Test func `without the list of products nothing is ordered`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        _ = try await bench.redis.send(["DEL", "market_data:products"])
        let report = try await rebalance(bench)
        #expect(report.skipped == "STALE_DATA" && report.lacking.count == 3)
    }

    @Test func `a price that stands still is no volatility, and is not sold for it`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.hold("0.05")
        let id = try ProductID("BTC-USD")
        let hour = bench.wall.unixSeconds / 3_600 * 3_600
        let flat = (1...100).reversed().map {
            Candle(start: hour - $0 * 3_600, open: 9, high: 9, low: 9, close: 9, volume: 1)
        }
        try await bench.cache.store(
            candles: [.init(product: id, granularity: .oneHour, candles: flat, fetchedAt: bench.wall.now)],
            fetchedAt: bench.wall.now)
        let report = try await rebalance(bench)
        #expect(report.positions.first { $0.product == "BTC-USD" }?.note == "NO_VOLATILITY")
        #expect(report.orders.map(\.product).sorted() == ["DOGE-USD", "ETH-USD"])
    }
}
