import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

@Suite struct ShutdownTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    @Test func `an idle worker ends at once and leaves nothing behind`() async throws {
        let worker = bench.start { (_: Nothing, _) in JobOutput() }
        let registry = WorkerRegistry(broker: bench.broker)
        try await eventually("the worker is listed") { try await registry.live().count == 1 }
        try await worker.stop()
        #expect(try await registry.live().isEmpty)
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.leases)]).int() == 0)
    }

    @Test func `a running job finishes and no other is taken`() async throws {
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 1)) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput(result: "7")
        }
        let first = try await bench.enqueue()
        try await started.wait()
        let second = try await bench.enqueue()
        await worker.beginShutdown()
        try await eventually("the worker says that it drains", within: .seconds(30)) {
            try await WorkerRegistry(broker: bench.broker).live().first?.state == "draining"
        }
        released.send()
        try await worker.ended()
        #expect(try await bench.job(first)?.state == .succeeded)
        #expect(try await bench.job(second)?.state == .ready)
        #expect(started.count == 1)
        #expect(try await bench.inspector.counts(of: bench.queue).running == 0)
    }

    /// With every slot taken the worker waits for one when it is told to stop.
    @Test(arguments: [1, 4])
    func `what still runs after the grace is given back unspent`(_ slots: Int) async throws {
        let started = Signal()
        let worker = bench.start(bench.plan(slots: slots, grace: .milliseconds(20))) { (_: Nothing, context) in
            started.send()
            try await context.sleep(for: .seconds(30))
            return JobOutput()
        }
        let id = try await bench.enqueue()
        try await started.wait()
        await worker.beginShutdown()
        let job = try await bench.wait(for: id, toBe: .ready)
        try await worker.ended()
        #expect((job.envelope.attempts, job.envelope.crashes) == (0, 0))
        #expect(job.envelope.events.contains("the worker was stopped"))
    }

    @Test func `a worker that is cancelled gives its jobs back`() async throws {
        let started = Signal()
        let worker = bench.start(bench.plan(slots: 2)) { (_: Nothing, context) in
            started.send()
            try await context.sleep(for: .seconds(30))
            return JobOutput()
        }
        let ids = [try await bench.enqueue(), try await bench.enqueue()]
        try await started.wait(for: 2)
        worker.cancel()
        for id in ids { #expect(try await bench.wait(for: id, toBe: .ready).envelope.attempts == 0) }
        try? await worker.ended()
    }

    @Test func `another worker goes on where a stopped one left off`() async throws {
        let started = Signal()
        let first = bench.start(bench.plan(slots: 1, grace: .milliseconds(1))) { (_: Nothing, context) in
            started.send()
            try await context.sleep(for: .seconds(30))
            return JobOutput()
        }
        let id = try await bench.enqueue()
        try await started.wait()
        let second = bench.start { (_: Nothing, context) in JobOutput(result: "\(context.attempt)") }
        try await first.stop()
        #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.outcome == #"{"result":1}"#)
        try await second.stop()
    }
}
