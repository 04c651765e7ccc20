import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// Queues whose jobs need something that fails. The worker asks; what a circuit answers is tested with the breaker.
@Suite struct CircuitTests {
    let bench: WorkerBench
    let circuits: CircuitBreaker

    init() async throws {
        bench = try await WorkerBench()
        circuits = CircuitBreaker(
            broker: bench.broker,
            circuits: [CircuitRules(name: "exchange", failures: 2, openFor: .seconds(1), ramp: .milliseconds(60))])
    }

    private func plan() -> WorkerPlan {
        bench.plan {
            $0.circuit = "exchange"
            $0.retry = RetryPolicy(attempts: 20, backoff: .fixed, baseMilliseconds: 1, jitter: false)
        }
    }

    @Test func `an open circuit spends no attempt, and work comes back when the dependency does`() async throws {
        let (runs, isWell) = (Signal(), Signal())
        let worker = bench.start(plan(), circuits: circuits) { (_: Nothing, context) in
            runs.send()
            if isWell.count == 0 { throw RunFailure(text: "the exchange is down") }
            return JobOutput()
        }
        let first = [try await bench.enqueue(), try await bench.enqueue()]
        try await eventually("the circuit is open") {
            try await circuits.admit("exchange", upTo: 1)?.admitted == 0
        }
        let later = try await bench.enqueue()
        try await eventually("the worker was called and let it be") {
            try await bench.redis.send(["EXISTS", .text(bench.keys.wake)]).int() == 0
        }
        let waiting = try #require(try await bench.job(later))
        #expect((waiting.state, waiting.envelope.attempts) == (.ready, 0))
        isWell.send()
        for id in first + [later] { _ = try await bench.wait(for: id, toBe: .succeeded) }
        // The outage cost the attempts that found it out, not one for every millisecond of it.
        #expect(runs.count < 20)
        try await worker.stop()
    }

    @Test func `refused and postponed jobs say nothing of the dependency`() async throws {
        let worker = bench.start(plan(), circuits: circuits) { (payload: [String], context) in
            if payload == ["refuse"] { throw JobStop.refuse(type: "t", message: "m") }
            if context.job.envelope.events.isEmpty { throw JobStop.postpone(milliseconds: 1, reason: "r") }
            return JobOutput()
        }
        for _ in 0..<3 {
            _ = try await bench.wait(for: try await bench.enqueue(#"["refuse"]"#), toBe: .dead)
            _ = try await bench.wait(for: try await bench.enqueue(#"["postpone"]"#), toBe: .succeeded)
        }
        let answer = try #require(try await circuits.admit("exchange", upTo: 4))
        #expect((answer.admitted, answer.isTroubled) == (4, false))
        try await worker.stop()
    }
}
