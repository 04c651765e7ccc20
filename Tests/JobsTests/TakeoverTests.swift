import Exchange
import Foundation
import GRDB
import JobQueue
import Testing
import Trading

@testable import Jobs
@testable import Ledger

/// The existing system's database: 39 bots with trades of their own, five orders that the exchange does not know, and
/// pairs that it does not list.
@Suite(.serialized)
struct TakeoverTests {
    private static let fixture =
        URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../LedgerTests/Fixtures/fixture.sql").standardized.path

    /// Rows of the past, as text.
    private func past(_ bench: JobBench) async throws -> [String] {
        try await bench.ledger.read { db in
            try ["trades WHERE id <= 900", "raw_trades WHERE id <= 118"].flatMap { rows in
                try Row.fetchAll(db, sql: "SELECT * FROM \(rows) ORDER BY id").map { "\($0)" }
            }
        }
    }

    private func listed(_ bench: JobBench) async throws -> [String: [BotRecord]] {
        let products = Set(try await bench.exchange().products().map(\.id.rawValue))
        return Dictionary(
            grouping: try await bench.ledger.runningBots().filter { products.contains($0.pair) }, by: \.pair)
    }

    /// Fills the cache; in some minutes of the offline market a thin product has no trade, and here its quote is fresh
    /// all the same.
    private func fill(_ bench: JobBench, _ names: [String], candles: Bool = true) async throws {
        try await bench.fillCache(names, candles: candles)
        let quotes = try await bench.exchange().bestBidAsk(try names.map { try ProductID($0) })
            .map { Quote(product: $0.product, bid: $0.bid, ask: $0.ask, time: bench.wall.now) }
        try await bench.cache.store(quotes: quotes, fetchedAt: bench.wall.now)
    }

    /// Does not wait for data, however long the test takes.
    private func rebalance(_ bench: JobBench, gross: String, id: String) async throws -> StoredJob {
        try await bench.enqueue("rebalance", #"{"gross_exposure": "\#(gross)", "fresh_share": "0.5"}"#, id: id)
        try await bench.age(id, in: "rebalance", bySeconds: 91)
        return try await bench.attempt("rebalance")
    }

    @Test func `the existing database trades nothing by rebalance until somebody agrees, and then within its sizes`()
        async throws
    {
        let bench = try await JobBench(fixture: Self.fixture, cash: Amount(1_000))
        let before = try await past(bench)
        let bots = try await listed(bench)
        try await fill(bench, bots.keys.sorted())
        let held = try await rebalance(bench, gross: "0.9", id: "held").report()
        #expect(held.skipped == "NOT_CONFIRMED" && held.positions.count >= 33)
        // Bots with an open order are not traded for, and pairs that are not listed are named.
        for product in ["BTC-USD", "XRP-USD", "BCH-USD", "INJ-USD"] {
            #expect(held.positions.first { $0.product == product }?.note == "OPEN_ORDER", "\(product)")
        }
        #expect(held.positions.contains { $0.note == "NOT_LISTED" })
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        _ = try await bench.ledger.confirm(.rebalance, by: "a test")
        let free = try await rebalance(bench, gross: "0.9", id: "free").report()
        #expect(free.skipped == nil && !free.orders.isEmpty)
        try await bench.drain("execution")
        for (product, group) in bots {
            let size = group.reduce(Amount.zero) { $0 + $1.positionSizeUSD }
            #expect(try await bench.held(product) <= size, "\(product)")
        }
        try await bench.expectMoneyMatchesFills(after: 118)
        #expect(try await past(bench) == before)
    }

    @Test func `evaluations and rebalances of a quarter of an hour buy nothing beyond bots and caps`() async throws {
        let bench = try await JobBench(fixture: Self.fixture, cash: Amount(1_000))
        _ = try await bench.ledger.confirm(.rebalance, by: "a test")
        let before = try await past(bench)
        let bots = try await listed(bench)
        for minute in 0..<15 {
            if minute > 0 { bench.wall.advance(60) }
            try await fill(bench, bots.keys.sorted(), candles: minute == 0)
            for bot in bots.values.joined().sorted(by: { $0.id < $1.id }) {
                let job = try await bench.attempt(
                    "evaluation", #"{"bot_id": \#(bot.id)}"#, id: "eval-\(minute)-\(bot.id)")
                #expect(job.state == .succeeded)
            }
            if minute % 10 == 0 {
                _ = try await rebalance(bench, gross: "0.9", id: "reb-\(minute)")
            }
            try await bench.drain("execution")
            try await bench.drain("rebalance")
            try await bench.drain("execution")
        }
        let intents = try await bench.ledger.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM order_intents ORDER BY created_at").map { try IntentRecord($0) }
        }
        var text = "orders of the taken-over ledger:\n"
        for record in intents {
            let (order, limit) = (record.intent, record.intent.limitPrice ?? .zero)
            let worth = try limit.worth(of: order.baseSize)
            text +=
                "  \(order.side.rawValue) \(order.baseSize) \(order.product) at most \(worth) USD, bot "
                + "\(record.botID ?? 0), \(record.state.rawValue), \(order.jobID)\n"
            let size = bots[order.product.rawValue]?.reduce(Amount.zero) { $0 + $1.positionSizeUSD } ?? .zero
            // The limit is half a percent above mid.
            if order.side == .buy { #expect(try worth <= size.times(Amount("1.006")), "\(order)") }
        }
        print(text)
        let equity = try #require(try await rebalance(bench, gross: "0.3", id: "last").report().equity)
        for product in bots.keys { #expect(try await bench.held(product) <= equity.times(Amount("0.1001"))) }
        try await bench.expectMoneyMatchesFills(after: 118)
        #expect(try await past(bench) == before)
    }
}
