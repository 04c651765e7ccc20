import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// What the gate of orders does to jobs: at each step of an order, to a rebalance, and to resting orders.
@Suite(.serialized)
struct OrderGateTests {
    private static let buy = ExecutionJobTests.buy
    private static let sell = #"{"product": "BTC-USD", "side": "SELL", "base_size": "0.01"}"#
    private static let reconcile = #"{"reconcile": true}"#
    private static let halted = "all orders are halted by ann@host: test"

    private func gate(_ bench: JobBench) -> OrderGateStore { OrderGateStore(broker: bench.broker) }

    private func halt(_ bench: JobBench, _ level: OrderGate.Level = .all) async throws {
        try await gate(bench).halt(level, for: nil, reason: "test", by: "ann@host")
    }

    /// A reconciliation beside whatever else waits in the queue.
    @discardableResult
    private func reconcile(_ bench: JobBench, _ id: String) async throws -> StoredJob {
        try await bench.enqueue("execution", Self.reconcile, id: id, queue: "reconcile")
        return try await bench.attempt("reconcile")
    }

    /// Halts before the first request that the plot names is made, and answers with what the plot saw.
    private func halting(_ bench: JobBench, at moment: ExchangeMoment, _ level: OrderGate.Level = .all) -> AttemptPlot {
        AttemptPlot { now in
            if now == moment { try? await self.halt(bench, level) }
            return .goOn
        }
    }

    @Test func `an order waits while all are halted, and is not traded after they are resumed`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await halt(bench)
        let held = try await bench.attempt("execution", Self.buy, id: "job-1")
        #expect(held.state == .scheduled && held.envelope.attempts == 0 && held.postponements == [Self.halted])
        #expect(bench.record.calls.isEmpty && bench.record.tokens.isEmpty)
        #expect(try await gate(bench).resume() == .unreconciled)
        #expect(try await reconcile(bench, "r1").state == .succeeded)
        #expect(try await gate(bench).resume() == .resumed)
        let done = try await bench.finish("job-1", in: "execution")
        #expect(done.state == .succeeded && done.result["skipped"] == "DECIDED_BEFORE_RESUME")
        try await bench.expectNoOrder()
        #expect(try await bench.attempt("execution", Self.buy, id: "job-2").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-2")
    }

    @Test func `while buys are halted sells go on`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.hold("0.02")
        try await halt(bench, .buys)
        let buy = try await bench.attempt("execution", Self.buy, id: "buy")
        #expect(buy.postponements == ["buys are halted by ann@host: test"])
        #expect(try await bench.attempt("execution", Self.sell, id: "sell").result["status"] == "FILLED")
        #expect(bench.record.placed.map(\.side) == [.sell])
    }

    @Test(arguments: [ExchangeMoment.before(.feeRates), .after(.feeRates), .before(.accounts), .after(.accounts)])
    func `a halt between the requests of a plan lets nothing be sent`(_ moment: ExchangeMoment) async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let job = try await bench.attempt("execution", Self.buy, id: "job-1", halting(bench, at: moment))
        #expect(job.state == .succeeded && job.result["skipped"] == "HALTED" && job.result["order"] == "FAILED")
        #expect(job.result["reason"] == Self.halted)
        #expect(!bench.record.calls.contains(.place))
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .failed)
        try await bench.expectNoOrder()
    }

    @Test func `an order that was planned waits for the release of a hold, and is placed then`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            if moment == .after(.accounts) { _ = try? await self.gate(bench).hold(source: "t", mark: "1", why: "test") }
            return .goOn
        }
        let job = try await bench.attempt("execution", Self.buy, id: "job-1", plot)
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .intent)
        #expect(!bench.record.calls.contains(.place))
        // The order is still to be sent, and its job asks before: that keeps the hold no longer.
        try await reconcile(bench, "r1")
        #expect(try await gate(bench).read().hold == nil)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that was placed is settled while orders are halted`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt(
            "execution", Self.buy, id: "job-1", AttemptPlot { $0 == .after(.place) ? .die : .goOn })
        try await halt(bench)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that a dead worker may have sent is not sent again, and orders stay halted`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt(
            "execution", Self.buy, id: "job-1", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        try await halt(bench)
        let job = try await bench.attempt("execution")
        #expect(job.state == .succeeded && job.result["skipped"] == "HALTED" && job.result["order"] == "UNKNOWN")
        try await reconcile(bench, "r1")
        #expect(try await gate(bench).resume() == .unreconciled)
        let unclean = try #require(try await gate(bench).read().unclean)
        #expect(unclean.hasPrefix("the fate of order ") && unclean.hasSuffix(" is not known"))
        bench.wall.advance(601)
        try await reconcile(bench, "r2")
        #expect(try await gate(bench).resume() == .resumed)
        #expect(try await bench.orders().isEmpty)
    }

    /// Places a resting order that the ledger knows.
    private func rest(_ bench: JobBench, _ side: Side, _ job: String) async throws -> PlacedOrder {
        let id = try ProductID("BTC-USD")
        let quote = try await bench.exchange().bestBidAsk([id])[0]
        let limit = try (side == .buy ? quote.bid.times(Amount("0.9")) : quote.ask.times(Amount("1.1")))
            .floored(to: Amount("0.01"))
        let client = ClientOrderID(job: job, leg: "maker", attempt: 0)
        _ = try await bench.ledger.beginIntent(
            OrderIntent(
                jobID: job, leg: "maker", attempt: 0, clientOrderID: client.rawValue, product: id, side: side,
                baseSize: try Amount("0.01"), limitPrice: limit, kind: .limitGTCPostOnly, createdAt: bench.wall.now),
            botID: 1, fence: 1)
        return try await bench.exchange().place(
            OrderRequest(
                clientOrderID: client, product: id, side: side,
                configuration: .limitGTC(baseSize: try Amount("0.01"), limitPrice: limit, postOnly: true)))
    }

    @Test func `resting orders are cancelled by the halt that covers them, and by no other`() async throws {
        let bench = try await JobBench()
        try await bench.hold("0.02")
        _ = (try await rest(bench, .buy, "b"), try await rest(bench, .sell, "s"))
        #expect(try await reconcile(bench, "r0").result == ["settled": "0", "open": "2"])
        try await halt(bench, .buys)
        #expect(try await reconcile(bench, "r1").result == ["settled": "1", "open": "1"])
        #expect(try await bench.ledger.intent(jobID: "b")?.state == .cancelled)
        #expect(try await bench.ledger.intent(jobID: "s")?.state == .open)
        // A sell that rests keeps nobody from resuming.
        #expect(try await gate(bench).resume() == .resumed)
        try await halt(bench)
        // The worker dies before it has recorded the cancellation: the next one finds it.
        try await bench.enqueue("execution", Self.reconcile, id: "r2", queue: "reconcile")
        try await bench.attempt("reconcile", AttemptPlot { $0 == .after(.cancel) ? .die : .goOn })
        #expect(try await bench.finish("r2", in: "reconcile").result == ["settled": "1", "open": "0"])
        #expect(try await bench.ledger.intent(jobID: "s")?.state == .cancelled)
        #expect(try await gate(bench).resume() == .resumed)
    }

    @Test func `a rebalance plans nothing while buys are halted`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await halt(bench, .buys)
        let job = try await bench.attempt("rebalance", "{}", id: "reb")
        #expect(job.state == .succeeded && job.result["skipped"] == "HALTED")
        #expect(job.result["reason"] == "buys are halted by ann@host: test" && bench.record.calls.isEmpty)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `a held job asks for the reconciliation that releases the hold, once`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await gate(bench).hold(source: "leader", mark: "2", why: "a leader did not resign")
        for id in ["job-1", "job-2"] {
            let held = try await bench.attempt("execution", Self.buy, id: id, AttemptPlot())
            guard held.id.description == id else { continue }
            #expect(held.state == .scheduled && held.envelope.attempts == 0)
        }
        let asked = try await bench.jobs("execution", .ready) + bench.jobs("execution", .succeeded)
        #expect(asked.filter { $0.payload == #"{"reconcile":true}"# }.count == 1)
        try await bench.drain("execution")
        #expect(try await gate(bench).read().hold == nil)
        for id in ["job-1", "job-2"] {
            #expect(try await bench.finish(id, in: "execution").state == .succeeded)
        }
        #expect(bench.record.placed.count == 2)
    }
}
