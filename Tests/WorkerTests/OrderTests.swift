import JobQueue
import TestSupport
import Testing

@testable import Worker

/// What operators tell one worker.
@Suite struct OrderTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private var registry: WorkerRegistry { WorkerRegistry(broker: bench.broker) }
    private var store: FleetStore { FleetStore(broker: bench.broker) }

    private func live() async throws -> WorkerID {
        try await eventually("the worker is listed") { try await registry.live().count == 1 }
        return try #require(try await registry.live().first?.id)
    }

    private func isState(_ state: String, _ id: WorkerID) async throws {
        try await eventually("the worker is \(state)") {
            try await registry.live().first { $0.id == id }?.state == state
        }
    }

    @Test func `a quiet worker finishes its job, leaves the others to its neighbours, and takes jobs again when told`()
        async throws
    {
        let (started, released) = (Signal(), Signal())
        let first = bench.start(bench.plan(slots: 2)) { (_: Nothing, context) in
            started.send(context.job.worker.description)
            try await released.wait()
            return JobOutput()
        }
        let id = try await live()
        let running = try await bench.enqueue()
        try await started.wait()
        #expect(try await store.tell(id, .quiet))
        try await isState("quiet", id)
        let left = try await bench.enqueue()
        let second = bench.start { (_: Nothing, context) in
            started.send(context.job.worker.description)
            return JobOutput()
        }
        _ = try await bench.wait(for: left, toBe: .succeeded)
        #expect(started.all.first == id.description && started.all.last != id.description)
        #expect(try await bench.job(running)?.state == .running)
        released.send()
        _ = try await bench.wait(for: running, toBe: .succeeded)
        try await second.stop()
        let waiting = try await bench.enqueue()
        try await isState("quiet", id)
        #expect(try await bench.job(waiting)?.state == .ready)
        #expect(try await store.tell(id, .run))
        _ = try await bench.wait(for: waiting, toBe: .succeeded)
        try await isState("running", id)
        try await first.stop()
    }

    @Test func `a worker that is told to stop drains and ends`() async throws {
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 1)) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput()
        }
        let id = try await live()
        let job = try await bench.enqueue()
        try await started.wait()
        #expect(try await store.tell(id, .stop))
        try await isState("draining", id)
        released.send()
        try? await worker.ended()
        #expect(try await bench.job(job)?.state == .succeeded)
        #expect(try await registry.live().isEmpty)
    }

    @Test func `a worker that has done its share ends, and cuts no job short`() async throws {
        var plan = bench.plan(slots: 2, grace: .milliseconds(1))
        plan.recycling = WorkerRecycling(jobs: 3)
        let ran = Signal()
        for _ in 0..<12 { try await bench.enqueue() }
        let worker = bench.start(plan) { (_: Nothing, context) in
            ran.send()
            try await context.sleep(for: .milliseconds(20))
            return JobOutput()
        }
        try? await worker.ended()
        let counts = try await bench.inspector.counts(of: bench.queue)
        #expect(counts.succeeded >= 3 && counts.succeeded < 12, "\(counts)")
        #expect(counts.succeeded == ran.count && counts.ready == 12 - ran.count && counts.running == 0, "\(counts)")
    }

    @Test func `a worker that has grown too large is due`() {
        let rules = WorkerRecycling(jobs: 10, memoryBytes: 64 << 20)
        #expect(rules.reason(settled: 9, residentBytes: (64 << 20) - 1) == nil)
        #expect(rules.reason(settled: 10, residentBytes: 0)?.contains("10 jobs") == true)
        #expect(rules.reason(settled: 0, residentBytes: 65 << 20)?.contains("65 MiB") == true)
        #expect(WorkerRecycling().reason(settled: .max, residentBytes: .max) == nil)
    }
}
