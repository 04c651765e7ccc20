import Exchange
import Foundation
import JobQueue
import Ledger
import TestSupport
import Testing
import Trading

@testable import Jobs

/// One order, whatever happens to those who place it.
@Suite(.serialized)
struct ExecutionRecoveryTests {
    private static let buy = #"{"bot_id": 1, "side": "BUY"}"#

    private func bench(clock: any Clock<Duration> = HastyClock()) async throws -> JobBench {
        let bench = try await JobBench(clock: clock)
        try await bench.fillCache()
        return bench
    }

    @Test(arguments: [ExchangeMoment.after(.place), .before(.order), .after(.order), .before(.fills), .after(.fills)])
    func `a worker that dies after the order leaves it to the next, who places none`(_ death: ExchangeMoment)
        async throws
    {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        let first = try await bench.attempt("execution", AttemptPlot { $0 == death ? .die : .goOn })
        #expect(first.state == .ready && first.envelope.attempts == 0 && first.envelope.crashes == 1)
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .sent)
        #expect(try await bench.ledger.rawTrades(limit: 10).isEmpty)
        // The market has moved; what was meant has not.
        bench.wall.advance(90)
        let second = try await bench.attempt("execution")
        #expect(second.state == .succeeded && second.result["status"] == "FILLED")
        try await bench.expectOneOrder(ofJob: "job-1")
        #expect(bench.record.placed.count == 1)
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `a worker that dies before the order leaves it to the next, who sends what was written`() async throws {
        let clock = HastyClock()
        let bench = try await bench(clock: clock)
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        let written = try #require(try await bench.ledger.intent(jobID: "job-1")).intent
        #expect(try await bench.orders().isEmpty)
        bench.wall.advance(90)
        // Nothing is sent on data that is old by now.
        #expect(try await bench.attempt("execution").postponements == ["the cache has no fresh data of BTC-USD"])
        try await bench.fillCache()
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        #expect(clock.sleeps == [.seconds(5), .seconds(5)])
        let sent = bench.record.placed.map(\.configuration)
        #expect(
            sent.count == 2
                && sent.allSatisfy {
                    $0 == sent[0] && $0.baseSize == written.baseSize && $0.limitPrice == written.limitPrice
                })
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `a worker that dies with the intent only written leaves it to the next`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        // The first ledger write is the intent.
        let plot = AttemptPlot(deadlyStep: 5)
        try await bench.attempt("execution", plot)
        #expect(try await bench.ledger.intents(jobID: "job-1").count == 1)
        #expect(try await bench.orders().isEmpty)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order whose answer is lost is unknown until the next attempt finds it`() async throws {
        let clock = HastyClock()
        let bench = try await bench(clock: clock)
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        let first = try await bench.attempt("execution", Self.buy, id: "job-1")
        #expect(first.state == .retrying && first.envelope.attempts == 1)
        #expect(first.failure?.type == "order-outcome-unknown")
        // Not before five seconds, so that the exchange has listed it.
        let due = try #require(first.dueMilliseconds)
        let failed = try #require(first.failure).at
        #expect(due >= failed + 5_000)
        let intent = try #require(try await bench.ledger.intent(jobID: "job-1"))
        #expect(intent.state == .unknown && intent.reason == "the answer was dropped by a test")
        try await bench.makeDue("execution")
        bench.record.forget()
        #expect(try await bench.attempt("execution").state == .succeeded)
        #expect(bench.record.calls == [.orders, .order, .fills] && clock.sleeps.isEmpty)
        try await bench.expectOneOrder(ofJob: "job-1")
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `a 500 to the order is unknown too, and it is sent again under the same id`() async throws {
        let bench = try await bench()
        let plot = AttemptPlot { moment in
            if moment == .before(.place) { try? await PaperFaults(redis: bench.redis).arm(.serverError) }
            return .goOn
        }
        let first = try await bench.attempt("execution", Self.buy, id: "job-1", plot)
        #expect(first.failure?.type == "order-outcome-unknown")
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .unknown)
        #expect(try await bench.orders().isEmpty)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        #expect(Set(bench.record.placed.map(\.clientOrderID)).count == 1 && bench.record.placed.count == 2)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `a 429 to the order postpones it, and it is sent again under the same id`() async throws {
        let bench = try await bench()
        let plot = AttemptPlot { $0 == .before(.place) ? .fail(.rateLimited(retryAfter: .seconds(2))) : .goOn }
        let first = try await bench.attempt("execution", Self.buy, id: "job-1", plot)
        #expect(first.state == .scheduled && first.envelope.attempts == 0)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that is not listed at first is waited for five seconds and then adopted`() async throws {
        let clock = ManualClock()
        let bench = try await bench(clock: clock)
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        try await bench.attempt("execution", Self.buy, id: "job-1")
        try await bench.makeDue("execution")
        bench.record.forget()
        async let second = bench.attempt("execution", AttemptPlot(hiddenLists: 1))
        try await clock.waitForSleepers(within: .seconds(30))
        #expect(bench.record.calls == [.orders])
        clock.advance(by: .milliseconds(4_999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await second.state == .succeeded)
        #expect(bench.record.calls == [.orders, .orders, .order, .fills])
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that stays unlisted is sent again under the same id and remains one`() async throws {
        let clock = ManualClock()
        let bench = try await bench(clock: clock)
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        try await bench.attempt("execution", Self.buy, id: "job-1")
        try await bench.makeDue("execution")
        async let second = bench.attempt("execution", AttemptPlot(hiddenLists: 2))
        try await clock.waitForSleepers(within: .seconds(30))
        clock.advance(by: .seconds(5))
        #expect(try await second.state == .succeeded)
        #expect(bench.record.placed.count == 2 && Set(bench.record.placed).count == 1)
        try await bench.expectOneOrder(ofJob: "job-1")
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `a request delivered twice is one order`() async throws {
        let bench = try await bench()
        try await PaperFaults(redis: bench.redis).arm(.duplicateDelivery)
        #expect(try await bench.attempt("execution", Self.buy, id: "job-1").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `an order under our id that is not what was meant needs a person`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        let id = ClientOrderID(job: "job-1", leg: "cross", attempt: 0)
        _ = try await bench.exchange().place(
            OrderRequest(
                clientOrderID: id, product: try ProductID("BTC-USD"), side: .buy,
                configuration: .marketIOC(.base(try Amount("0.5")))))
        let job = try await bench.attempt("execution")
        #expect(job.state == .dead && job.failure?.type == "order-differs")
        #expect(try await bench.orders().count == 1)
        #expect(try await bench.ledger.rawTrades(limit: 10).isEmpty)
    }
}
