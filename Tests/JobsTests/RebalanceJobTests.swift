import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

@Suite(.serialized)
struct RebalanceJobTests {
    private static let products = ["BTC-USD", "DOGE-USD", "ETH-USD"]
    private static let payload = #"{"gross_exposure": "0.24"}"#
    /// So large that it bounds no target.
    private static let bots = products.enumerated().map { BotSeed($0.offset + 1, $0.element, sizeUSD: 50_000) }

    /// Three products, their data in the cache.
    private func bench() async throws -> JobBench {
        let bench = try await JobBench(bots: Self.bots)
        try await bench.fillCache(Self.products)
        return bench
    }

    private func orders(_ bench: JobBench) async throws -> [ExecutionJob.Payload] {
        try await bench.jobs("execution", .ready).map { try $0.payload(as: ExecutionJob.Payload.self) }
    }

    @Test func `from cash each product is bought by the inverse of its volatility, at most a tenth`() async throws {
        let bench = try await bench()
        let job = try await bench.attempt("rebalance", Self.payload, id: "reb")
        let report = try job.report()
        #expect(try report.skipped == nil && report.equity == Amount("100000") && report.positions.count == 3)
        #expect(report.orders.map(\.job).compactMap(\.self).sorted() == Self.products.map { "reb:\($0):BUY" })
        let children = try await bench.jobs("execution", .ready)
        #expect(children.map(\.id.description).sorted() == Self.products.map { "reb:\($0):BUY" })
        let ids = try Self.products.map { try ProductID($0) }
        var targets: [ProductID: Amount] = [:]
        let snapshots = try await bench.cache.snapshots(ids, granularity: .oneHour)
        let volatilities = try snapshots.map { snapshot in
            InverseVolatility.volatility(hourlyCloses: try #require(snapshot.candles).candles.map(\.close))
        }
        for (id, weight) in zip(ids, InverseVolatility.weights(volatilities: volatilities)) {
            targets[id] = min(try InverseVolatility.amount(ofWeight: weight).times(Amount("0.24")), try Amount("0.1"))
        }
        #expect(Set(targets.values).count == 3)
        for order in try await orders(bench) {
            let id = try #require(order.product)
            let target = try #require(targets[id])
            let mid = try #require(snapshots.first { $0.product == id }?.quote).quote.mid
            let share = try #require(order.baseSize).times(mid).doubleValue / 100_000
            let lowEdge = target.doubleValue - max(0.01, 0.2 * target.doubleValue)
            #expect(abs(share - lowEdge) < 0.0001, "\(id)")
            #expect(order.side == .buy && order.reason == "rebalance")
            #expect(order.botID == Self.products.firstIndex(of: id.rawValue).map { $0 + 1 })
        }
        #expect(bench.record.calls == [.accounts])
    }

    @Test func `sells go first, and the buys follow when they are over, with the cash that came in`() async throws {
        let bench = try await bench()
        try await bench.hold("0.5")
        let job = try await bench.attempt("rebalance", Self.payload, id: "reb")
        #expect(try job.report().orders.count == 1)
        #expect(try await bench.jobs("execution", .ready).map(\.id.description) == ["reb:BTC-USD:SELL"])
        #expect(job.state == .waiting)
        let sell = try #require(try await bench.jobs("execution", .ready).first)
        #expect(JobOptions(text: sell.envelope.options).concurrencyKey == "BTC-USD")
        // Not before the sell is over.
        #expect(try await bench.jobs("rebalance", .ready).isEmpty)
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        #expect(try await bench.jobs("rebalance", .succeeded).map(\.id.description) == ["reb"])
        let followUp = try #require(try await bench.jobs("rebalance", .ready).first)
        let next = try followUp.payload(as: RebalanceJob.Payload.self)
        #expect(try next.rebalanceID == "reb" && next.grossExposure == Amount("0.24"))
        let done = try await bench.attempt("rebalance")
        #expect(done.state == .succeeded && done.id.description == "reb:buys")
        #expect(
            Set(try await bench.jobs("execution", .ready).map(\.id.description)) == [
                "reb:DOGE-USD:BUY", "reb:ETH-USD:BUY",
            ])
        for _ in 0..<2 { #expect(try await bench.attempt("execution").result["status"] == "FILLED") }
        #expect(try await bench.balance("USD") > .zero)
        // What is left to do comes of the fees alone, which made the whole a little smaller.
        bench.wall.advance(30)
        #expect(try await bench.attempt("rebalance", Self.payload, id: "reb-2").report().skipped == nil)
        for order in try await orders(bench) {
            let id = try #require(order.product)
            let mid = try #require(try await bench.cache.quotes([id])[id]).quote.mid
            #expect(try #require(order.baseSize).times(mid) < Amount(100), "\(order)")
        }
    }

    @Test func `the buys follow also when a sell was given up`() async throws {
        let bench = try await bench()
        try await bench.hold("0.5")
        try await bench.attempt("rebalance", Self.payload, id: "reb")
        let plot = AttemptPlot { $0 == .before(.place) ? .fail(.refused(.invalidRequest, message: "no")) : .goOn }
        #expect(try await bench.attempt("execution", plot).state == .dead)
        #expect(try await bench.attempt("rebalance").state == .succeeded)
        let buys = try await bench.jobs("execution", .ready).map(\.id.description)
        #expect(!buys.isEmpty && buys.allSatisfy { $0.hasPrefix("reb:") && $0.hasSuffix(":BUY") })
    }

    @Test func `a rebalance that runs twice adds nothing`() async throws {
        let bench = try await bench()
        try await bench.hold("0.5")
        try await bench.enqueue("rebalance", Self.payload, id: "reb")
        let slow = try await bench.claim("rebalance")
        try await bench.deadLetter(slow)
        let job = try await bench.claim("rebalance")
        try await bench.run(job)
        try await bench.run(slow)
        try await bench.run(job)
        #expect(try await bench.jobs("execution", .ready).count == 1)
        #expect(try await bench.jobs("rebalance", .waiting).map(\.id.description) == ["reb"])
        // The follow-up, run under a claim that it loses at the end, is run again.
        try await bench.attempt("execution")
        let first = try await bench.claim("rebalance")
        try await bench.deadLetter(first)
        try await bench.attempt("rebalance")
        try await bench.run(first)
        #expect(try await bench.jobs("execution", .ready).count == 2)
    }

    @Test func `a cold cache postpones it, and after a while it orders nothing and names what is missing`() async throws
    {
        let bench = try await JobBench(bots: Self.bots)
        let cold = try await bench.attempt("rebalance", Self.payload, id: "reb")
        #expect(cold.state == .scheduled && cold.envelope.attempts == 0)
        #expect(cold.postponements == ["the cache has fresh data of 0 of 3 products"])
        try await bench.makeDue("rebalance")
        try await bench.fillCache(["BTC-USD"])
        #expect(try await bench.attempt("rebalance").state == .scheduled)
        try await bench.makeDue("rebalance")
        try await bench.age("reb", in: "rebalance", bySeconds: 91)
        let report = try await bench.attempt("rebalance").report()
        #expect(report.skipped == "STALE_DATA" && report.orders.isEmpty)
        #expect(report.lacking == ["DOGE-USD": "no quote", "ETH-USD": "no quote"])
        #expect(report.reason?.contains("DOGE-USD: no quote; ETH-USD: no quote") == true)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `with no fresh data at all it skips`() async throws {
        let bench = try await JobBench()
        try await bench.enqueue("rebalance", "{}", id: "reb")
        try await bench.age("reb", in: "rebalance", bySeconds: 91)
        let report = try await bench.attempt("rebalance").report()
        #expect(report.skipped == "STALE_DATA" && report.lacking.keys.sorted() == ["BTC-USD"])
        #expect(bench.record.calls == [.accounts])
    }

    @Test func `products of stopped bots and halted products are left alone`() async throws {
        let bench = try await bench()
        try await bench.ledger.setStatus(.stopped, ofBot: 1)
        var products = try #require(try await bench.cache.products()).products
        for index in products.indices where products[index].id.rawValue == "ETH-USD" {
            products[index].tradingDisabled = true
        }
        try await bench.cache.store(products: products, fetchedAt: bench.wall.now)
        try await bench.enqueue("rebalance", "{}", id: "reb")
        try await bench.age("reb", in: "rebalance", bySeconds: 91)
        let report = try await bench.attempt("rebalance").report()
        #expect(report.positions.map(\.note) == [nil, "NOT_TRADABLE"])
        #expect(try await bench.jobs("execution", .ready).map(\.id.description) == ["reb:DOGE-USD:BUY"])
    }

    @Test func `a 429 postpones it`() async throws {
        let bench = try await bench()
        try await PaperFaults(redis: bench.redis).arm(.rateLimit)
        let job = try await bench.attempt("rebalance", Self.payload, id: "reb")
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(try await bench.finish("reb", in: "rebalance").state == .succeeded)
    }

    @Test func `zero exposure sells all`() async throws {
        let bench = try await bench()
        try await bench.hold("0.5")
        try await bench.attempt("rebalance", #"{"gross_exposure": "0"}"#, id: "reb")
        let sells = try await orders(bench)
        #expect(try sells.count == 1 && sells[0].side == .sell && sells[0].baseSize == Amount("0.5"))
    }

    @Test(arguments: [
        #"{"gross_exposure": "0.91"}"#, #"{"gross_exposure": "-0.1"}"#, #"{"gross_exposure": "NaN"}"#,
        #"{"gross_exposure": "99999999999999999999"}"#, #"{"gross_exposure": 0.3}"#,
        #"{"fresh_share": "1.01"}"#, #"{"fresh_share": "-1"}"#, #"{"cap_by_bot_size": "no"}"#,
    ])
    func `an exposure out of range is refused at once`(_ payload: String) async throws {
        let bench = try await bench()
        let job = try await bench.attempt("rebalance", payload, id: "bad")
        #expect(job.state == .dead && job.failure?.type == "bad-arguments")
        #expect(try await bench.jobs("execution", .ready).isEmpty && bench.record.calls.isEmpty)
    }
}
