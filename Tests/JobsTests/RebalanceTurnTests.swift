import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// One rebalance at a time, and the next sees what the first did.
@Suite(.serialized)
struct RebalanceTurnTests {
    private func invested(_ bench: JobBench) async throws -> Amount {
        var sum = Amount.zero
        for product in JobBench.threeProducts { sum = sum + (try await bench.held(product)) }
        return sum
    }

    @Test func `a second rebalance does nothing while the executions of the first wait, and says so`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        #expect(try await bench.attempt("rebalance", "{}", id: "one").report().orders.count == 3)
        let two = try await bench.attempt("rebalance", "{}", id: "two")
        #expect(two.state == .succeeded && two.result["skipped"] == "REBALANCE_RUNNING")
        #expect(two.result["rebalance"] == "one")
        #expect(two.result["reason"]?.contains("one:BTC-USD:BUY is ready") == true, "\(two.result)")
        #expect(try await bench.jobs("execution", .ready).count == 3)
        try await bench.drain("execution")
        #expect(try await bench.attempt("rebalance", "{}", id: "three").report().orders.isEmpty)
        #expect(try await invested(bench) <= Amount(30_000))
        #expect(try await bench.orders().count == 1)
        // Over without an order: the next has its turn at once.
        #expect(try await bench.ledger.openRebalance() == nil)
        #expect(try await bench.attempt("rebalance", "{}", id: "four").report().skipped == nil)
    }

    @Test func `of two rebalances at the same moment one plans`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        for id in ["one", "two"] { try await bench.enqueue("rebalance", "{}", id: id) }
        let (first, second) = (try await bench.claim("rebalance"), try await bench.claim("rebalance"))
        let plot = AttemptPlot { moment in
            if moment == .after(.accounts) { _ = try? await bench.run(second) }
            return .goOn
        }
        #expect(try await bench.run(first, plot).report().orders.count == 3)
        #expect(try await bench.stored("two").result["reason"]?.contains("one is running") == true)
        try await bench.drain("execution")
        #expect(try await invested(bench) <= Amount(30_000))
    }

    @Test func `a rebalance whose job was given up gives its turn away, one that runs again keeps it`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.enqueue("rebalance", "{}", id: "one")
        // It dies after it has taken its turn.
        let dead = try await bench.attempt(
            "rebalance",
            AttemptPlot { moment in
                guard moment == .before(.accounts) else { return .goOn }
                let two = try? await bench.attempt("rebalance", "{}", id: "two")
                #expect(two?.result["skipped"] == "REBALANCE_RUNNING" && two?.result["rebalance"] == "one")
                return .die
            })
        #expect(dead.state == .ready)
        #expect(try await bench.ledger.openRebalance()?.id == "one")
        _ = try await bench.broker.cancel(try JobID("one"), in: try QueueName("rebalance"))
        #expect(try await bench.attempt("rebalance", "{}", id: "three").report().orders.count == 3)
    }

    @Test func `what an order of unknown fate bought is waited for`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.attempt("rebalance", "{}", id: "one")
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        let lost = try await bench.attempt("execution")
        #expect(lost.failure?.type == "order-outcome-unknown")
        try await bench.drain("execution")
        _ = try await bench.broker.cancel(lost.id, in: lost.queue)
        let two = try await bench.attempt("rebalance", "{}", id: "two")
        #expect(
            two.result["reason"]?.contains("the fate of the order of \(lost.id) is not known") == true, "\(two.result)")
        try await bench.attempt("execution", #"{"reconcile": true}"#, id: "reconcile")
        #expect(try await bench.attempt("rebalance", "{}", id: "three").report().skipped == nil)
    }

    @Test func `an execution of a rebalance that is over places nothing`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.attempt("rebalance", "{}", id: "one")
        try await bench.sql("UPDATE rebalances SET state = 'CLOSED'")
        let old = #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "base_size": "0.01", "reason": "rebalance"}"#
        try await bench.enqueue("execution", old, id: "of-an-older-version")
        for _ in 0..<4 { #expect(try await bench.attempt("execution").result == ["skipped": "REBALANCE_OVER"]) }
        try await bench.expectNoOrder()
    }

    @Test func `executions of a rebalance for bots that were deleted meanwhile are no failures`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.attempt("rebalance", "{}", id: "one")
        try await bench.sql("DELETE FROM bots")
        for _ in 0..<3 {
            let job = try await bench.attempt("execution")
            #expect(job.state == .succeeded && job.result == ["skipped": "NO_SUCH_BOT"])
        }
        #expect(try await bench.attempt("rebalance", "{}", id: "two").report().skipped == "NO_TARGETS")
        try await bench.expectNoOrder()
    }

    @Test func `an execution of a rebalance asks again whether its order is wanted`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.attempt("rebalance", "{}", id: "one")
        // Meanwhile one product is bought by hand, another's bot is stopped, and the third's quote grows old.
        try await bench.hold("0.08")
        try await bench.ledger.setStatus(.stopped, ofBot: 2)
        var reasons: [String: String] = [:]
        for _ in 0..<3 {
            let job = try await bench.attempt("execution")
            reasons[job.id.description] = job.result["skipped"] ?? job.result["status"]
        }
        #expect(
            reasons == [
                "one:BTC-USD:BUY": "NOT_WANTED_ANY_MORE", "one:DOGE-USD:BUY": "BOT_NOT_RUNNING",
                "one:ETH-USD:BUY": "FILLED",
            ])
    }

    @Test func `an execution of a rebalance buys no more than is still missing`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        let report = try await bench.attempt("rebalance", "{}", id: "one").report()
        let planned = try #require(report.orders.first { $0.product == "BTC-USD" })
        try await bench.hold("0.03")
        let half = try await bench.held("BTC-USD")
        try await bench.drain("execution")
        let held = try await bench.held("BTC-USD")
        #expect(half < planned.notional && held > half)
        #expect(abs(held.doubleValue - planned.notional.doubleValue) < 50)
    }

    @Test func `the sizes of a product's bots bound what is bought of it, at the plan and at the order`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.sql("UPDATE bots SET position_size_usd = 20 WHERE id = 1")
        let report = try await bench.attempt("rebalance", "{}", id: "one").report()
        #expect(report.orders.map(\.product).sorted() == ["DOGE-USD", "ETH-USD"])
        let line = try #require(report.positions.first { $0.product == "BTC-USD" })
        #expect(try line.target == Amount("0.0002") && line.botSize == Amount(20))
        // Edited while the execution waits.
        try await bench.sql("UPDATE bots SET position_size_usd = 40 WHERE id = 2")
        let results = [try await bench.attempt("execution").result, try await bench.attempt("execution").result]
        #expect(results.contains(["skipped": "NOT_WANTED_ANY_MORE"]))
        #expect(try await bench.held("DOGE-USD").isZero)
        #expect(try await bench.held("ETH-USD") <= Amount(10_000))
    }

    @Test func `a parameter lets targets go beyond the bots' sizes`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.sql("UPDATE bots SET position_size_usd = 20")
        #expect(try await bench.attempt("rebalance", "{}", id: "one").report().orders.isEmpty)
        let free = try await bench.attempt("rebalance", #"{"cap_by_bot_size": false}"#, id: "two").report()
        #expect(free.orders.count == 3 && free.positions.allSatisfy { $0.botSize == nil })
        try await bench.drain("execution")
        #expect(try await invested(bench) > Amount(15_000))
    }

    @Test func `a product with an undecided order is left alone`() async throws {
        let bench = try await JobBench.ofThreeProducts()
        try await bench.sql(
            """
            INSERT INTO trades (bot_id, product_id, side, size, price, order_id, status, position_status, created_at)
            VALUES (1, 'BTC-USD', 'BUY', 0.0001, 100000, 'order-0048', 'pending', 'OPEN', '2026-11-22 10:00:00')
            """)
        let report = try await bench.attempt("rebalance", "{}", id: "one").report()
        #expect(report.orders.map(\.product).sorted() == ["DOGE-USD", "ETH-USD"])
        #expect(report.positions.first { $0.product == "BTC-USD" }?.note == "OPEN_ORDER")
    }
}
