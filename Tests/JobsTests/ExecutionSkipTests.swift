import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// What is not traded, and what of it comes back later.
@Suite(.serialized)
struct ExecutionSkipTests {
    @Test(arguments: [
        ("0.000001", "BELOW_PRODUCT_MINIMUM"), ("0.00005", "BELOW_10_USD"), ("0.000000001", "BELOW_PRODUCT_MINIMUM"),
    ])
    func `a size below the minimum is skipped`(_ size: String, _ reason: String) async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let payload = #"{"product": "BTC-USD", "side": "BUY", "base_size": "\#(size)"}"#
        let job = try await bench.attempt("execution", payload, id: "small")
        #expect(job.state == .succeeded && job.result == ["skipped": reason])
        try await bench.expectNoOrder()
    }

    @Test func `a bot whose size is too small is skipped`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", sizeUSD: 9.99), BotSeed(2, "BTC-USD", sizeUSD: 0)])
        try await bench.fillCache()
        let small = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "small")
        #expect(small.result == ["skipped": "BELOW_10_USD"])
        let none = try await bench.attempt("execution", #"{"bot_id": 2, "side": "BUY"}"#, id: "none")
        #expect(none.result == ["skipped": "UNUSABLE_PRICE_OR_SIZE"])
        try await bench.expectNoOrder()
    }

    @Test func `cash that does not cover the order with its fee is not enough`() async throws {
        let bench = try await JobBench(cash: Amount(100))
        try await bench.fillCache()
        let job = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "poor")
        #expect(job.state == .succeeded && job.result == ["skipped": "INSUFFICIENT_FUNDS"])
        try await bench.expectNoOrder()
    }

    @Test func `cash that another order took in between is a refusal, not a failure`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            moment == .before(.place)
                ? .fail(.refused(.insufficientFund, message: "100 USD needed, 5 available")) : .goOn
        }
        let job = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "late", plot)
        #expect(job.state == .succeeded && job.result == ["refused": "INSUFFICIENT_FUND"])
        let intent = try #require(try await bench.ledger.intent(jobID: "late"))
        #expect(intent.state == .failed && intent.reason == "INSUFFICIENT_FUND: 100 USD needed, 5 available")
        #expect(
            try await bench.ledger.gateRecord(
                of: try #require(try await bench.ledger.bot(1)?.bot), forJob: "x", at: bench.wall.now
            ).hasOpenOrder == false)
    }

    @Test func `an order that the exchange refuses is given up at once`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            moment == .before(.place) ? .fail(.refused(.invalidLimitPrice, message: "no")) : .goOn
        }
        let job = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "refused", plot)
        #expect(job.state == .dead && job.failure?.type == "order-refused")
        #expect(try await bench.ledger.intent(jobID: "refused")?.state == .failed)
        #expect(try await bench.orders().isEmpty)
    }

    @Test func `a refused order that is requeued is not sent again`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            moment == .before(.place) ? .fail(.refused(.invalidRequest, message: "no")) : .goOn
        }
        let dead = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "refused", plot)
        #expect(try await bench.broker.deadLetters.requeueDead([dead], in: dead.queue) == 1)
        #expect(try await bench.attempt("execution").result == ["order": "FAILED"])
        #expect(bench.record.placed.count == 1)
    }

    @Test func `a decision older than five minutes is not traded`() async throws {
        let bench = try await JobBench()
        // The bot has to be older than what it decides.
        bench.wall.advance(400)
        try await bench.fillCache()
        let ms = Int(bench.wall.now.timeIntervalSince1970 * 1_000)
        let old = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(ms - 301_000)}"#
        #expect(try await bench.attempt("execution", old, id: "old").result == ["skipped": "STALE_DECISION"])
        let ancient = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(Int64.min)}"#
        #expect(try await bench.attempt("execution", ancient, id: "ancient").result == ["skipped": "STALE_DECISION"])
        try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "late")
        try await bench.age("late", in: "execution", bySeconds: 301)
        #expect(try await bench.attempt("execution").result == ["skipped": "STALE_DECISION"])
        try await bench.expectNoOrder()
        // By a clock that was wrong: as if it were decided now.
        let future = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(Int64.max)}"#
        #expect(try await bench.attempt("execution", future, id: "future").result["status"] == "FILLED")
        bench.wall.advance(1_000)
        try await bench.fillCache()
        try await bench.moveQuote(by: "1.03")
        let later = ms + 1_000_000
        let young = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(later - 290_000)}"#
        #expect(try await bench.attempt("execution", young, id: "young").result["status"] == "FILLED")
    }

    @Test(arguments: [
        (#"{"reconcile": true, "bot_id": 1}"#, "'bot_id' is not for a reconciliation"),
        (#"{"bot_id": 1, "side": "BUY", "bot": 7}"#, "'bot' is the number 7"),
        (#"{"bot_id": 1, "side": "BUY", "rebalance": {"id": "x", "target": "1"}}"#, "'rebalance' is"),
    ])
    func `arguments that nobody reads, or that are half there, are refused`(_ arguments: String, _ why: String) throws {
        let sentence = ExecutionJob.arguments?.sentence(on: Array(arguments.utf8), kind: "execution")
        #expect(sentence?.contains(why) == true, "\(sentence ?? "accepted")")
    }

    @Test(arguments: [
        (#"{"bot_id": 5}"#, "'bot_id' goes with what: weights"),
        (#"{"what": "weights", "pair": "BTC-USD"}"#, "'pair' goes with what: performance-metrics"),
        (#"{"what": "weights", "gross_exposure": "0.3"}"#, "'gross_exposure' goes with what: portfolio"),
    ])
    func `a rebalance is given what it reads`(_ arguments: String, _ why: String) throws {
        let sentence = RebalanceJob.arguments?.sentence(on: Array(arguments.utf8), kind: "rebalance")
        #expect(sentence?.contains(why) == true, "\(sentence ?? "accepted")")
        for fine in [#"{"gross_exposure": "0.3"}"#, #"{"what": "weights", "bot_id": 5}"#, "{}"] {
            #expect(RebalanceJob.arguments?.sentence(on: Array(fine.utf8), kind: "rebalance") == nil)
        }
    }

    @Test func `a bot whose pair became malformed is skipped`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "late")
        try await bench.sql("UPDATE bots SET pair = lower(pair)")
        let job = try await bench.attempt("execution")
        #expect(job.state == .succeeded && job.result == ["skipped": "BOT_UNUSABLE"])
        try await bench.expectNoOrder()
    }

    @Test func `a decision and a price of a time to come are not young for ever`() async throws {
        let bench = try await JobBench()
        bench.wall.advance(400)
        try await bench.fillCache()
        let future = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(Int64.max)}"#
        try await bench.enqueue("execution", future, id: "old")
        try await bench.age("old", in: "execution", bySeconds: 301)
        #expect(try await bench.attempt("execution").result == ["skipped": "STALE_DECISION"])
        let quote = try await bench.exchange().bestBidAsk([try ProductID("BTC-USD")])[0]
        try await bench.cache.store(quotes: [quote], fetchedAt: bench.wall.now + 3_600)
        let job = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "early")
        #expect(job.state == .scheduled)
        try await bench.expectNoOrder()
    }

    @Test func `without a fresh quote the job waits unspent, until its decision is old`() async throws {
        let bench = try await JobBench()
        let empty = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "wait")
        #expect(empty.state == .scheduled && empty.envelope.attempts == 0)
        #expect(empty.postponements == ["the cache has no fresh data of BTC-USD"])
        try await bench.fillCache()
        bench.wall.advance(61)
        try await bench.makeDue("execution")
        #expect(try await bench.attempt("execution").state == .scheduled)
        try await bench.fillCache()
        try await bench.makeDue("execution")
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        try await bench.expectOneOrder(ofJob: "wait")
    }

    @Test func `a quote that was old when it came is not fresh`() async throws {
        let bench = try await JobBench()
        try await PaperFaults(redis: bench.redis).arm(.staleBook)
        try await bench.fillCache()
        #expect(try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "wait").state == .scheduled)
        try await bench.expectNoOrder()
    }

    @Test func `what the exchange does not list and what is of no bot are skipped at once`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        for (payload, reason) in [
            (#"{"product": "PEPE-USD", "side": "BUY", "base_size": "1"}"#, "NOT_LISTED"),
            (#"{"bot_id": 99, "side": "BUY"}"#, "NO_SUCH_BOT"),
            (#"{"bot_id": 99, "product": "BTC-USD", "side": "BUY"}"#, "NO_SUCH_BOT"),
        ] {
            let job = try await bench.attempt("execution", payload, id: "odd-\(payload.count)")
            #expect(job.state == .succeeded && job.result == ["skipped": reason])
        }
        try await bench.expectNoOrder()
    }

    @Test func `a product that takes no orders is skipped`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        var product = try #require(try await bench.cache.products()?.products.first { $0.id.rawValue == "BTC-USD" })
        for change in [
            { (product: inout Product) in product.tradingDisabled = true }, { $0.status = "delisted" },
            { $0.postOnly = true },
        ] {
            var changed = product
            change(&changed)
            try await bench.cache.store(products: [changed], fetchedAt: bench.wall.now)
            let job = try await bench.attempt(
                "execution", #"{"bot_id": 1, "side": "BUY"}"#,
                id: "off-\(changed.status)-\(changed.postOnly)-\(changed.tradingDisabled)")
            #expect(job.result == ["skipped": "NOT_TRADABLE"])
        }
        product.limitOnly = true
        try await bench.cache.store(products: [product], fetchedAt: bench.wall.now)
        #expect(
            try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "on").result["status"]
                == "FILLED")
    }

    @Test(arguments: [
        #""NaN""#, #""inf""#, #""-Infinity""#, #""""#, #""1e3""#, #""0x10""#, #""１""#, "0.01", "null0", "[]", "true",
        #""-1""#, #""0""#, #""-0.0000001""#, #""99999999999999999999999""#,
        #""999999999999999999999999999999999999999999999""#,
        #""170141183460469231731687303715884105727""#, #""9999999999999999999999999999999""#,
        #""0.00000000000000000000001""#, #""0.00000999999999999999999""#, #""100000000000.00000001""#,
    ])
    func `a size that is no sensible number never becomes an order`(_ size: String) async throws {
        for side in ["BUY", "SELL"] {
            let bench = try await JobBench()
            try await bench.fillCache()
            try await bench.hold("0.01")
            let held = try await bench.orders().count
            let payload = #"{"product": "BTC-USD", "side": "\#(side)", "base_size": \#(size)}"#
            guard let checked = try? JobPayload(json: payload) else { continue }
            let job = NewJob(
                id: try JobID("odd"), kind: try JobKind("execution"), queue: try QueueName("execution"),
                payload: checked)
            try await bench.broker.enqueue(job)
            let ended = try await bench.attempt("execution")
            if side == "SELL", ended.state == .succeeded, ended.result["skipped"] == nil {
                // More than is held means all of it.
                #expect(ended.result["filled"] == "0.01" && size.utf8.count > 20)
                continue
            }
            #expect(ended.state.isFinal, "\(side) \(size): \(ended.state) \(ended.envelope.outcome)")
            #expect(try await bench.orders().count == held && !bench.record.calls.contains(.place))
            #expect(try await bench.ledger.intents(jobID: "odd").isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"bot_id": 1}"#, "bad-arguments"), (#"{"side": "BUY"}"#, "bad-arguments"),
        (#"{"side": "HOLD", "bot_id": 1}"#, "bad-arguments"),
        (#"{"product": "BTC-USD", "side": "BUY"}"#, "bad-arguments"),
        (#"{"product": "nonsense", "side": "BUY"}"#, "bad-arguments"),
    ])
    func `arguments that fit no order are refused at once`(_ payload: String, _ type: String) async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let job = try await bench.attempt("execution", payload, id: "bad")
        #expect(job.state == .dead && job.failure?.type == type)
        try await bench.expectNoOrder()
    }
}
