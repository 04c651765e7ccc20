import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// From a signal to an order: confirmation, cooldown, price step.
@Suite(.serialized)
struct EvaluationGateTests {
    /// One evaluation in each of the minutes, with fresh data; gives the gates.
    private func evaluate(_ bench: JobBench, minutes: ClosedRange<Int>, prefix: String = "eval") async throws
        -> [String]
    {
        var gates: [String] = []
        for minute in minutes {
            if minute > minutes.lowerBound { bench.wall.advance(60) }
            try await bench.fillCache()
            let job = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "\(prefix)-\(minute)")
            gates.append(job.result["gate"] ?? "\(job.state)")
        }
        return gates
    }

    @Test func `a BUY that has persisted for its minutes enqueues one execution with the acknowledgement`() async throws
    {
        let bench = try await JobBench()
        let gates = try await evaluate(bench, minutes: 0...4)
        #expect(gates == Array(repeating: "CONFIRMING", count: 5))
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        bench.wall.advance(60)
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-5")
        let job = try await bench.claim("evaluation")
        let done = try await bench.run(job)
        #expect(done.result["gate"] == "ALLOWED" && done.result["action"] == "BUY")
        let children = try await bench.jobs("execution", .ready)
        #expect(children.map(\.id.description) == ["eval-5:execution"])
        #expect(children.map { JobOptions(text: $0.envelope.options).concurrencyKey } == ["BTC-USD"])
        let order = try #require(children.first).payload(as: ExecutionJob.Payload.self)
        let bot = try #require(try await bench.ledger.bot(1))
        #expect(order.botID == 1 && order.side == .buy && order.product?.rawValue == "BTC-USD" && order.baseSize == nil)
        #expect(order.score == bot.currentCombinedScore && order.isThin == false && order.reason == "signal")
        #expect(order.decidedAtMilliseconds == Int64(bench.wall.unixSeconds) * 1_000)
        #expect(bot.confirmationStart == nil)
        // It is an order that can be placed.
        let execution = try await bench.attempt("execution")
        #expect(execution.result["status"] == "FILLED")
        try await bench.expectOneOrder(ofJob: "eval-5:execution")
        #expect(try await bench.ledger.trades(limit: 1).first?.signalScore == bot.currentCombinedScore)
    }

    @Test func `what is stored decides, also when the market has moved before the second run`() async throws {
        let bench = try await JobBench()
        _ = try await evaluate(bench, minutes: 0...4)
        bench.wall.advance(60)
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-5")
        // The decision is written, and the worker dies before it can enqueue the order.
        try await bench.attempt("evaluation", AttemptPlot(deadlyStep: 1))
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        let decided = bench.wall.unixSeconds
        // By now the quote is old: decided anew, this would be a HOLD.
        bench.wall.advance(90)
        let second = try await bench.attempt("evaluation")
        #expect(second.result["gate"] == "ALLOWED")
        let children = try await bench.jobs("execution", .ready)
        #expect(children.count == 1)
        let order = try #require(children.first).payload(as: ExecutionJob.Payload.self)
        #expect(order.decidedAtMilliseconds == Int64(decided) * 1_000)
    }

    @Test func `a worker without its lease enqueues nothing, the next one does`() async throws {
        let bench = try await JobBench()
        _ = try await evaluate(bench, minutes: 0...4)
        bench.wall.advance(60)
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-5")
        let slow = try await bench.claim("evaluation")
        try await bench.deadLetter(slow)
        try await bench.run(slow)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        #expect(try await bench.attempt("evaluation").result["gate"] == "ALLOWED")
        #expect(try await bench.jobs("execution", .ready).count == 1)
    }

    @Test func `a HOLD in between restarts the confirmation`() async throws {
        let bench = try await JobBench()
        _ = try await evaluate(bench, minutes: 0...3)
        bench.wall.advance(61)
        // Nobody refreshed: the quote is stale.
        _ = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "stale")
        #expect(try await evaluate(bench, minutes: 10...15).last == "ALLOWED")
        #expect(try await bench.jobs("execution", .ready).map(\.id.description) == ["eval-15:execution"])
    }

    @Test func `after a trade the bot cools down, and then the price must have moved`() async throws {
        let bench = try await JobBench()
        #expect(try await evaluate(bench, minutes: 0...5).last == "ALLOWED")
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        bench.wall.advance(60)
        let after = try await evaluate(bench, minutes: 6...21)
        #expect(after.prefix(5) == Array(repeating: "CONFIRMING", count: 5)[...])
        #expect(after[5...13].allSatisfy { $0 == "COOLING_DOWN" })
        // The quiet market has not moved by two percent.
        #expect(after.suffix(2).allSatisfy { $0 == "PRICE_STEP" })
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        // A trade whose price is far away lets the next one pass.
        try await moveQuote(bench, by: "1.03")
        let moved = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "moved")
        #expect(moved.result["gate"] == "ALLOWED")
    }

    private func moveQuote(_ bench: JobBench, by factor: String) async throws {
        let quote = try await bench.exchange().bestBidAsk([try ProductID("BTC-USD")])[0]
        let moved = Quote(
            product: quote.product, bid: try quote.bid.times(Amount(factor)), ask: try quote.ask.times(Amount(factor)),
            time: quote.time)
        try await bench.cache.store(quotes: [moved], fetchedAt: bench.wall.now)
    }

    @Test func `while an order's fate is unknown the bot places no other`() async throws {
        let bench = try await JobBench()
        #expect(try await evaluate(bench, minutes: 0...5).last == "ALLOWED")
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        #expect(try await bench.attempt("execution").state == .retrying)
        bench.wall.advance(60)
        #expect(try await evaluate(bench, minutes: 6...11).last == "OPEN_ORDER")
        #expect(try await bench.finish("eval-5:execution", in: "execution").state == .succeeded)
        bench.wall.advance(60)
        #expect(try await evaluate(bench, minutes: 12...12) == ["COOLING_DOWN"])
    }

    @Test func `a SELL becomes an execution too`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", config: BotSeed.sells)])
        try await bench.hold("0.5")
        #expect(try await evaluate(bench, minutes: 0...5).last == "ALLOWED")
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        #expect(try await bench.expectOneOrder(ofJob: "eval-5:execution").side == .sell)
    }
}
