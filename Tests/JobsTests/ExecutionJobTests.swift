import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

@Suite(.serialized)
struct ExecutionJobTests {
    static let buy =
        #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "score": -0.4, "scores": "{\"rsi\":-0.4}"}"#

    @Test func `a decision becomes one order with its rows`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let job = try await bench.attempt("execution", Self.buy, id: "job-1")
        #expect(job.state == .succeeded)
        #expect(bench.record.calls == [.feeRates, .accounts, .place, .order, .fills])
        #expect(bench.record.tokens == [.account, .account, .orderEntry, .orderLookup, .orderLookup])
        let order = try await bench.expectOneOrder(ofJob: "job-1")
        #expect(job.result["order"] == order.orderID && job.result["status"] == "FILLED")
        #expect(job.result["filled"] == order.filledSize.description)
        #expect(job.result["notional"] == order.filledValue.description)
        #expect(job.result["commission"] == order.totalFees.description)
        let trade = try #require(try await bench.ledger.trades(botID: 1, limit: 10).first)
        #expect(trade.signalScore == -0.4 && trade.signalScoresJSON == #"{"rsi":-0.4}"# && trade.filledAt != nil)
        let bot = try #require(try await bench.ledger.bot(1))
        #expect(
            abs(bot.currentPositionSize - order.filledValue.doubleValue) < 1e-9 && bot.currentPositionEntryPrice != nil)
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `the order is a limit order within half a percent of mid, on the product's steps`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt("execution", Self.buy, id: "job-1")
        let id = try ProductID("BTC-USD")
        let mid = try #require(try await bench.cache.quotes([id])[id]).quote.mid
        let request = try #require(bench.record.placed.first)
        guard case .sorLimitIOC(let size, let limit) = request.configuration else {
            Issue.record("\(request.configuration)")
            return
        }
        #expect(try limit == mid.times(Amount("1.005")).floored(to: Amount("0.01")))
        // At the limit the order costs what the bot may spend, and no more.
        let expected = try Amount(100).divided(by: limit, scale: 8)
        #expect(size == expected)
        let order = try #require(try await bench.orders().first)
        let fills = try await bench.exchange().fills(orderID: order.orderID)
        #expect(fills.allSatisfy { $0.price <= limit })
    }

    @Test func `the same job run twice places one order and writes the same rows`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        // The first worker does everything but acknowledge.
        let first = try await bench.claim("execution")
        let plot = AttemptPlot { moment in
            if moment == .after(.fills) { try? await bench.deadLetter(first) }
            return .goOn
        }
        #expect(try await bench.run(first, plot).state == .ready)
        let trades = try await bench.ledger.trades(limit: 10)
        let fills = try await bench.ledger.rawTrades(limit: 10)
        let position = try #require(try await bench.ledger.bot(1)).currentPositionSize
        bench.wall.advance(30)
        #expect(try await bench.attempt("execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
        #expect(bench.record.placed.count == 1)
        #expect(try await bench.ledger.trades(limit: 10) == trades)
        #expect(try await bench.ledger.rawTrades(limit: 10) == fills)
        #expect(try #require(try await bench.ledger.bot(1)).currentPositionSize == position)
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `enqueued again under its id, it does not run again`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt("execution", Self.buy, id: "job-1")
        let again = NewJob(
            id: try JobID("job-1"), kind: try JobKind("execution"), queue: try QueueName("execution"),
            payload: try JobPayload(json: Self.buy))
        #expect(try await bench.broker.enqueue(again).isNew == false)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `a sale is limited to what is held`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.hold("0.001")
        let job = try await bench.attempt(
            "execution", #"{"bot_id": 1, "side": "SELL", "base_size": "5"}"#, id: "sale")
        #expect(job.result["filled"] == "0.001")
        #expect(bench.record.calls == [.accounts, .place, .order, .fills])
        #expect(try await bench.balance("BTC").isZero)
    }

    @Test func `with nothing held nothing is sold`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        for (id, payload) in [
            ("bot", #"{"bot_id": 1, "side": "SELL"}"#),
            ("size", #"{"product": "BTC-USD", "side": "SELL", "base_size": "1"}"#),
        ] {
            #expect(try await bench.attempt("execution", payload, id: id).result == ["skipped": "NOTHING_TO_SELL"])
        }
        try await bench.expectNoOrder()
    }

    @Test func `a thin market halves the bot's size`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let payload = #"{"bot_id": 1, "side": "BUY", "thin": true}"#
        let job = try await bench.attempt("execution", payload, id: "thin")
        let notional = try Amount(try #require(job.result["notional"]))
        #expect(notional > Amount(49) && notional < Amount(51))
    }

    @Test func `an order without a bot is recorded without one`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache(["ETH-USD"])
        let job = try await bench.attempt(
            "execution", #"{"product": "ETH-USD", "side": "BUY", "base_size": "0.0123456789"}"#,
            id: "rebalance:ETH-USD:BUY")
        // Cut to the product's step.
        #expect(job.result["filled"] == "0.01234567")
        try await bench.expectOneOrder(ofJob: "rebalance:ETH-USD:BUY", bot: nil, "ETH-USD")
        #expect(try await bench.ledger.trades(limit: 10).map(\.botID) == [nil])
        #expect(try #require(try await bench.ledger.bot(1)).currentPositionSize == 0)
    }

    @Test func `no argument of an order ends its worker`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let payload = #"{"bot_id": 1, "side": "BUY", "test_crash": "after-order"}"#
        let job = try await bench.attempt("execution", payload, id: "job-1")
        #expect(job.state == .dead && job.envelope.outcome.contains("there is no argument 'test_crash'"), "\(job)")
        try await bench.expectNoOrder()
    }
}
