import JobQueue
import TestSupport
import Testing

@testable import Worker

@Suite struct FairnessTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    @Test func `one slow and five fast workers leave no job waiting while a slot is free`() async throws {
        let (held, released, ran) = (Signal(), Signal(), Signal())
        let slow = bench.start(bench.plan(slots: 2)) { (_: Nothing, _) in
            held.send()
            try await released.wait()
            return JobOutput()
        }
        for _ in 0..<2 { try await bench.enqueue() }
        try await held.wait(for: 2)
        let fast = (0..<5).map { _ in
            bench.start(bench.plan(slots: 2)) { (_: Nothing, _) in
                ran.send()
                return JobOutput()
            }
        }
        for _ in 0..<100 { try await bench.enqueue() }
        // The slow one holds its two all the while: whatever it had hoarded beside them would be missing here.
        try await ran.wait(for: 100)
        #expect(held.count == 2)
        #expect(try await bench.inspector.counts(of: bench.queue).running <= 2 + 10)
        released.send()
        try await eventually("all have succeeded") {
            try await bench.inspector.counts(of: bench.queue).succeeded == 102
        }
        for worker in fast + [slow] { try await worker.stop() }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a job that runs for many leases is nobody else's`() async throws {
        let (started, released) = (Signal(), Signal())
        var plan = bench.plan(slots: 1)
        plan.lease = .seconds(2)
        let workers = (0..<2).map { [plan] _ in
            bench.start(plan) { (_: Nothing, context) in
                started.send(context.job.worker.description)
                try await released.wait()
                return JobOutput()
            }
        }
        let id = try await bench.enqueue()
        try await started.wait()
        let begun = try await bench.broker.clock.now()
        try await eventually("five leases have passed", within: .seconds(30)) {
            try await bench.broker.clock.now() > begun + 10_000
        }
        #expect(started.count == 1)
        released.send()
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect(job.envelope.crashes == 0 && job.worker == started.all.first)
        for worker in workers { try await worker.stop() }
    }
}
