import Exchange
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// Of two workers that hold the same job for theirs, only the newer one acts.
@Suite(.serialized)
struct ExecutionFenceTests {
    private static let buy = #"{"bot_id": 1, "side": "BUY"}"#

    private func bench() async throws -> JobBench {
        let bench = try await JobBench()
        try await bench.fillCache()
        return bench
    }

    @Test func `a worker that lost its lease right before the order does not send it`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        let job = try await bench.claim("execution")
        let plot = AttemptPlot { moment in
            if moment == .after(.accounts) { try? await bench.deadLetter(job) }
            return .goOn
        }
        #expect(try await bench.run(job, plot).state == .ready)
        #expect(!bench.record.calls.contains(.place))
        #expect(try await bench.ledger.intent(jobID: "job-1")?.state == .sent)
        #expect(try await bench.attempt("execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an old fence is refused by the ledger, and nothing is sent`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        let slow = try await bench.claim("execution")
        try await bench.deadLetter(slow)
        // The new owner writes the intent and dies before the order.
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        let intent = try await bench.ledger.intent(jobID: "job-1")
        bench.record.forget()
        let after = try await bench.run(slow)
        #expect(after.state == .ready && after.envelope.attempts == 0)
        #expect(!bench.record.calls.contains(.place))
        #expect(try await bench.ledger.intent(jobID: "job-1") == intent)
    }

    @Test func `a claim of a Redis that lost its data is refused by the ledger, and the job ends with the reason`()
        async throws
    {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        try await bench.sql("INSERT INTO job_fences (job_id, fence) VALUES ('job-1', 900)")
        let job = try await bench.attempt("execution")
        #expect(job.state == .dead && job.envelope.outcome.contains("\"fenced\""), "\(job)")
        try await bench.expectNoOrder()
    }

    @Test func `a worker that was overtaken while it planned writes nothing`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        let slow = try await bench.claim("execution")
        let plot = AttemptPlot { moment in
            guard moment == .after(.feeRates) else { return .goOn }
            // Meanwhile the job is rescued and done by another.
            try? await bench.deadLetter(slow)
            let done = try? await bench.attempt("execution")
            #expect(done?.state == .succeeded)
            return .goOn
        }
        let after = try await bench.run(slow, plot)
        #expect(after.state == .succeeded && after.worker != slow.worker.description)
        #expect(bench.record.placed.count == 1)
        try await bench.expectOneOrder(ofJob: "job-1")
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `a worker that is overtaken in the very moment of sending adds no second order`() async throws {
        let bench = try await bench()
        try await bench.enqueue("execution", Self.buy, id: "job-1")
        let slow = try await bench.claim("execution")
        let plot = AttemptPlot { moment in
            guard moment == .before(.place) else { return .goOn }
            try? await bench.deadLetter(slow)
            let done = try? await bench.attempt("execution")
            #expect(done?.state == .succeeded)
            return .goOn
        }
        try await bench.run(slow, plot)
        #expect(bench.record.placed.count == 2 && Set(bench.record.placed).count == 1)
        try await bench.expectOneOrder(ofJob: "job-1")
        try await bench.expectMoneyMatchesFills()
    }
}
