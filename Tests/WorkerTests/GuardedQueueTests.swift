import JobQueue
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Worker

@Suite struct GuardedQueueTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    @Test func `a queue that may not be fetched from keeps its jobs ready and unspent`() async throws {
        let open = try QueueName("open")
        let opened = Gatekeeper()
        var registry = JobRegistry()
        registry.register(bench.kind, NoJob())
        var plan = bench.plan()
        plan.queues.append(QueueRules(name: open))
        let guarded = bench.queue
        let worker = RunningWorker(
            WorkerService(
                broker: bench.broker, limiter: RateLimiter(broker: bench.broker, buckets: []), registry: registry,
                plan: plan, host: "test", pid: 1, logger: .quiet,
                mayFetch: { $0 != guarded || opened.isOpen }, endProcess: { _ in }))
        let held = try await bench.enqueue()
        let free = try await bench.broker.enqueue(
            NewJob(kind: bench.kind, queue: open, payload: try JobPayload(json: "{}"))
        ).id
        try await eventually("the other queue's job has run") {
            try await bench.inspector.job(free)?.state == .succeeded
        }
        let job = try #require(try await bench.job(held))
        #expect((job.state, job.envelope.attempts) == (.ready, 0))
        opened.open()
        // Any call wakes the worker; without one it would look again after two seconds.
        let later = try await bench.enqueue()
        for id in [held, later] { #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.attempts == 0) }
        try await worker.stop()
    }
}

private final class Gatekeeper: Sendable {
    private let state = Mutex(false)
    var isOpen: Bool { state.withLock { $0 } }
    func open() { state.withLock { $0 = true } }
}

private struct NoJob: Job {
    func run(_ payload: Nothing, in context: JobContext) async throws -> JobOutput { JobOutput() }
}
