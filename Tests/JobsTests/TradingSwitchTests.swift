import Exchange
import Foundation
import JobQueue
import Ledger
import Redis
import Testing
import Trading

@testable import Jobs

/// What a worker does that was started with `TRADING_ENABLED=false` or `CACHE_ENABLED=false`.
@Suite(.serialized)
struct TradingSwitchTests {
    private let noOrders = TradingSwitches(placesOrders: false)
    private let noCache = TradingSwitches(usesCache: false)
    private let reason = "TRADING_ENABLED is false: no order is placed"

    @Test func `with trading off a job that would place an order waits, unspent, and asks nobody`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try bench.restart(noOrders)
        let held = try await bench.attempt("execution", ExecutionJobTests.buy, id: "job-1")
        #expect(held.state == .scheduled && held.envelope.attempts == 0 && held.postponements == [reason])
        #expect(bench.record.calls.isEmpty && bench.record.tokens.isEmpty)
        #expect(try await bench.ledger.intent(jobID: "job-1") == nil)
        try bench.restart(TradingSwitches())
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `a held job wakes up when it expires, and not later`() async throws {
        var bench = try await JobBench()
        try bench.restart(noOrders)
        var job = NewJob(
            id: try JobID("job-1"), kind: try JobKind("execution"), queue: try QueueName("execution"),
            payload: try JobPayload(json: ExecutionJobTests.buy))
        job.freshForMilliseconds = 5_000
        _ = try await bench.broker.enqueue(job)
        let held = try await bench.attempt("execution")
        let limit = try #require(JobOptions(text: held.envelope.options).freshUntilMilliseconds)
        let due = try #require(held.dueMilliseconds)
        #expect(due > limit && due <= limit + 1_000)
    }

    @Test func `with trading off an order that was placed is settled`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt(
            "execution", ExecutionJobTests.buy, id: "job-1",
            AttemptPlot { $0 == .after(.place) ? .die : .goOn })
        try bench.restart(noOrders)
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `with trading off an order that was written down and never sent is not sent`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt(
            "execution", ExecutionJobTests.buy, id: "job-1",
            AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        try bench.restart(noOrders)
        let held = try await bench.attempt("execution")
        #expect(held.state == .scheduled && held.postponements == [reason])
        #expect(try await bench.orders().isEmpty)
    }

    @Test func `with trading off reconciliation goes on`() async throws {
        var bench = try await JobBench()
        try bench.restart(noOrders)
        let job = try await bench.attempt("execution", #"{"reconcile": true}"#, id: "r")
        #expect(job.state == .succeeded && job.result["settled"] == "0")
    }

    @Test(arguments: ["quotes", "candles", "products"])
    func `with the cache off a refresh asks nobody and writes nothing`(_ what: String) async throws {
        var bench = try await JobBench()
        try bench.restart(noCache)
        let job = try await bench.attempt("cache-refresh", #"{"what": "\#(what)"}"#, id: "r")
        #expect(job.state == .succeeded && job.result == ["skipped": "CACHE_DISABLED"])
        #expect(bench.record.calls.isEmpty && bench.record.tokens.isEmpty)
        #expect(try await bench.redis.send(["KEYS", "*market_data*"]) == .array([]))
    }

    @Test func `with the cache off decisions hold, whatever the cache still has`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try bench.restart(noCache)
        let job = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(job.state == .succeeded)
        #expect(job.result["action"] == "HOLD" && job.result["reason"] == "CACHE_DISABLED")
        #expect(job.postponements.isEmpty && bench.record.calls.isEmpty)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `with the cache off neither a rebalance nor an execution prices anything`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try bench.restart(noCache)
        for (kind, payload) in [("rebalance", "{}"), ("execution", ExecutionJobTests.buy)] {
            let job = try await bench.attempt(kind, payload, id: kind)
            #expect(job.state == .succeeded && job.result == ["skipped": "CACHE_DISABLED"])
        }
        #expect(bench.record.calls.isEmpty)
    }
}
