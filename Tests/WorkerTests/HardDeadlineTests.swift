import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue
@testable import Worker

/// Handlers that do not stop when they are told to.
@Suite struct HardDeadlineTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private func plan(slots: Int = 4) -> WorkerPlan {
        var plan = bench.plan(slots: slots, grace: .milliseconds(50))
        plan.killAfter = .milliseconds(100)
        return plan
    }

    @Test(arguments: ["time is up", "it is cancelled", "the worker is stopped"])
    func `a handler that goes on all the same ends its process, and its neighbours lose nothing`(_ cause: String)
        async throws
    {
        let (started, ends) = (Signal(), Signal())
        let gate = Latch()
        let worker = bench.start(plan(), endProcess: { ends.send($0) }) { (payload: [String], context) in
            started.send(payload[0])
            if payload == ["deaf"] { await gate.wait() } else { try await context.sleep(for: .seconds(60)) }
            return JobOutput()
        }
        let deaf = try await bench.enqueue(#"["deaf"]"#) {
            if cause == "time is up" { $0.options.timeoutMilliseconds = 20 }
        }
        let neighbour = try await bench.enqueue(#"["neighbour"]"#)
        try await started.wait(for: 2)
        if cause == "it is cancelled" { _ = try await bench.broker.cancel(deaf, in: bench.queue) }
        if cause == "the worker is stopped" { await worker.beginShutdown() }
        try await ends.wait()
        #expect(ends.count == 1 && ends.all[0].contains("job \(deaf) of kind 'k' does not stop"))
        // The neighbour was given back; the deaf one is claimed until the lease of the dead process ends.
        let given = try #require(try await bench.job(neighbour))
        #expect(given.state == .ready)
        #expect((given.envelope.attempts, given.envelope.crashes) == (0, 0))
        #expect(try await bench.job(deaf)?.state == .running)
        let name = try await bench.redis.send(["ZRANGE", .text(bench.keys.leases), 0, 0]).strings()[0]
        let report = try await bench.broker.maintenance.rescueDead(
            WorkerID(unchecked: name), in: bench.queue, maxCrashes: 3, reason: "gone")
        #expect(report.rescued == (cause == "it is cancelled" ? 0 : 1))
        if cause != "it is cancelled" { #expect(try await bench.job(deaf)?.envelope.crashes == 1) }
        gate.open()
        try await worker.stop()
    }

    @Test func `a handler that stops in time costs nobody the process`() async throws {
        let (started, ends) = (Signal(), Signal())
        var plan = plan()
        plan.killAfter = .seconds(20)
        let worker = bench.start(plan, endProcess: { ends.send($0) }) { (_: Nothing, context) in
            started.send()
            try await context.sleep(for: .seconds(60))
            return JobOutput()
        }
        let id = try await bench.enqueue { $0.options.timeoutMilliseconds = 20 }
        _ = try await bench.wait(for: id, toBe: .dead)
        #expect(ends.count == 0 && started.count == 2)
        try await worker.stop()
    }

    @Test func `only a handler that still runs is stubborn, and only after the time`() async throws {
        _ = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let job = try #require(try await bench.claim(as: WorkerID(host: "h", pid: 1, using: &random)))
        let attempt = Attempt(job: job, deadline: .now)
        let attempts = RunningAttempts(slots: 1)
        attempts.add([attempt])
        let later = ContinuousClock.now + .seconds(100)
        attempt.stop(.timedOut, at: .now)
        #expect(!attempt.ignoresStop(for: .seconds(1), at: later))
        attempt.started {}
        #expect(attempt.ignoresStop(for: .seconds(1), at: later))
        #expect(!attempt.ignoresStop(for: .seconds(200), at: later))
        #expect(attempts.free == 0)
        attempts.handlerEnded(attempt)
        #expect(!attempt.ignoresStop(for: .seconds(1), at: later))
        // What is left is to settle it, which takes no slot.
        #expect(attempts.free == 1 && attempts.count == 1)
    }
}
