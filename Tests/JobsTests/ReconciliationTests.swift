import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

@Suite(.serialized)
struct ReconciliationTests {
    private static let reconcile = #"{"reconcile": true}"#

    /// Runs the reconciliation beside whatever else waits in the queue.
    private func reconcile(_ bench: JobBench, _ id: String) async throws -> StoredJob {
        try await bench.enqueue("execution", Self.reconcile, id: id, queue: "reconcile")
        return try await bench.attempt("reconcile")
    }

    @Test func `with nothing open nothing is asked`() async throws {
        let bench = try await JobBench()
        let job = try await reconcile(bench, "r1")
        #expect(job.result == ["settled": "0", "open": "0"] && bench.record.calls.isEmpty)
    }

    @Test func `an order of unknown fate that exists is settled, and repeating it does no harm`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "job-1")
        bench.record.forget()
        #expect(try await reconcile(bench, "r1").result == ["settled": "1", "open": "0"])
        #expect(bench.record.calls == [.orders, .order, .fills])
        try await bench.expectOneOrder(ofJob: "job-1")
        let (trades, fills) = (try await bench.ledger.trades(limit: 10), try await bench.ledger.rawTrades(limit: 10))
        let position = try #require(try await bench.ledger.bot(1)).currentPositionSize
        #expect(position > 0)
        #expect(try await reconcile(bench, "r2").result == ["settled": "0", "open": "0"])
        // The order's own job comes late and finds it settled.
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        #expect(try await bench.ledger.trades(limit: 10) == trades)
        #expect(try await bench.ledger.rawTrades(limit: 10) == fills)
        #expect(try #require(try await bench.ledger.bot(1)).currentPositionSize == position)
        #expect(!bench.record.calls.contains(.place))
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `an order that the exchange does not list stays open and is not sent`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "job-1")
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        bench.record.forget()
        let before = try await bench.ledger.intent(jobID: "job-1")
        for id in ["r1", "r2"] { #expect(try await reconcile(bench, id).result == ["settled": "0", "open": "1"]) }
        #expect(try await bench.ledger.intent(jobID: "job-1") == before)
        #expect(try await bench.orders().isEmpty && !bench.record.calls.contains(.place))
        #expect(try await bench.attempt("execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that never came to be is closed when its job is over, and frees the bot`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "job-1")
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        bench.wall.advance(601)
        #expect(try await reconcile(bench, "while-it-lives").result == ["settled": "0", "open": "1"])
        #expect(try await bench.broker.cancel(try JobID("job-1"), in: try QueueName("execution")) == .cancelled)
        #expect(try await reconcile(bench, "after-it").result == ["settled": "1", "open": "0"])
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .failed)
        #expect(try await bench.ledger.unsettledIntents(botID: 1).isEmpty)
        #expect(try await bench.orders().isEmpty)
    }

    @Test func `a resting order is followed until it is over`() async throws {
        let bench = try await JobBench()
        let exchange = try bench.exchange()
        let id = try ProductID("BTC-USD")
        let client = ClientOrderID(job: "resting", leg: "maker", attempt: 0)
        let limit = try await exchange.bestBidAsk([id])[0].bid.times(Amount("0.9")).floored(to: Amount("0.01"))
        let size = try Amount("0.01")
        _ = try await bench.ledger.beginIntent(
            OrderIntent(
                jobID: "resting", leg: "maker", attempt: 0, clientOrderID: client.rawValue, product: id, side: .buy,
                baseSize: size, limitPrice: limit, kind: .limitGTCPostOnly, createdAt: bench.wall.now),
            botID: 1, fence: 1)
        let placed = try await exchange.place(
            OrderRequest(
                clientOrderID: client, product: id, side: .buy,
                configuration: .limitGTC(baseSize: size, limitPrice: limit, postOnly: true)))
        #expect(try await reconcile(bench, "r1").result == ["settled": "0", "open": "1"])
        #expect(try await bench.ledger.intent(jobID: "resting")?.state == .open)
        #expect(try await bench.ledger.pendingTrades().map(\.orderID) == [placed.orderID])
        _ = try await exchange.cancel([placed.orderID])
        #expect(try await reconcile(bench, "r2").result == ["settled": "1", "open": "0"])
        #expect(try await bench.ledger.intent(jobID: "resting")?.state == .cancelled)
        #expect(try await bench.ledger.trades(limit: 1).first?.status == .cancelled)
        #expect(try await bench.ledger.pendingTrades().isEmpty)
    }

    @Test func `one order that differs from what was meant keeps no other from being settled`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache(["BTC-USD", "ETH-USD"])
        try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "odd")
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        _ = try await bench.exchange().place(
            OrderRequest(
                clientOrderID: ClientOrderID(job: "odd", leg: "cross", attempt: 0), product: try ProductID("BTC-USD"),
                side: .buy, configuration: .marketIOC(.base(try Amount("0.5")))))
        #expect(try await bench.attempt("execution").state == .dead)
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        bench.wall.advance(1)
        try await bench.attempt("execution", #"{"product": "ETH-USD", "side": "BUY", "base_size": "0.1"}"#, id: "job-2")
        let job = try await reconcile(bench, "r1")
        #expect(job.state == .dead && job.failure?.type == "order-differs")
        try await bench.expectOneOrder(ofJob: "job-2", bot: nil, "ETH-USD")
    }

    @Test func `a 429 postpones it`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "job-1")
        try await PaperFaults(redis: bench.redis).arm(.rateLimit)
        let job = try await reconcile(bench, "r1")
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(try await bench.finish("r1", in: "reconcile").result == ["settled": "1", "open": "0"])
    }

    @Test func `an order that its own job sends at the same moment is recorded once`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            guard moment == .after(.place) || moment == .after(.fills) else { return .goOn }
            #expect((try? await self.reconcile(bench, "r-\(moment)"))?.state == .succeeded)
            return .goOn
        }
        #expect(
            try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "job-1", plot).state
                == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
        let order = try #require(try await bench.orders().first)
        #expect(
            abs(try #require(try await bench.ledger.bot(1)).currentPositionSize - order.filledValue.doubleValue) < 1e-9)
        try await bench.expectMoneyMatchesFills()
    }
}
