import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue
@testable import Worker

/// What the worker on duty does for queues beside running jobs: all that another one has left undone.
@Suite struct UpkeepTests {
    let bench: WorkerBench
    private let w1 = WorkerID.named("w1")

    init() async throws { bench = try await WorkerBench() }

    /// Runs the duty for so many of its steps.
    private func keepUp(
        steps: Int, plan: WorkerPlan? = nil, export: DeadLetterRetention.Export? = nil
    ) async throws {
        let (clock, active) = (ManualClock(), ActivePolicy(plan ?? bench.plan(), bench.broker))
        let runtime = WorkerRuntime(broker: bench.broker, clock: clock)
        let keeper = LeaseKeeper(
            broker: bench.broker, active: active, attempts: RunningAttempts(slots: 1), host: "h", pid: 1,
            runtime: runtime, logger: .quiet)
        let service = MaintenanceService(
            broker: bench.broker, keeper: keeper, active: active, runtime: runtime, logger: .quiet, export: export)
        let task = Task { await service.run() }
        for _ in 0..<steps {
            try await clock.waitForSleepers()
            clock.advance(by: .milliseconds(100))
        }
        try await clock.waitForSleepers()
        task.cancel()
        await task.value
        // The duty would end by itself, two seconds from now.
        _ = try await bench.redis.send(["DEL", .text(QueueKeys().maintenance)])
    }

    private func claimAll() async throws -> [LeasedJob] {
        try await bench.broker.claims.join(bench.queue, as: w1, lease: .seconds(60))
        guard case .jobs(let jobs) = try await bench.broker.claims.fetch(from: bench.queue, for: w1, limit: 9) else {
            return []
        }
        return jobs
    }

    @Test func `a parent hears of a child whose worker died before it could tell`() async throws {
        let parent = try await bench.enqueue()
        let child = NewJob(id: try JobID("child"), kind: bench.kind, queue: bench.queue)
        let held = try #require(try await claimAll().first)
        _ = try await bench.broker.claims.acknowledge([
            Completion(held, output: JobOutput(children: [child], batch: BatchPlan(onFailure: .goOn)))
        ]
        )
        // Its worker dies with it for the third time: the step that gives it up leaves a notice, and nobody to tell.
        _ = try await claimAll()
        _ = try await bench.broker.maintenance.rescueDead(w1, in: bench.queue, maxCrashes: 1, reason: "gone")
        #expect(try await bench.job(parent)?.state == .waiting)
        try await keepUp(steps: 5)
        #expect(try await bench.job(parent)?.state == .succeeded)
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.completions)]).int() == 0)
    }

    @Test func `what cannot be read in one queue keeps no other waiting, and goes with its job`() async throws {
        let (broken, sound) = (try QueueName("a-broken"), try QueueName("b-sound"))
        func parent(in queue: QueueName) throws -> JobID { try JobID("parent-in-\(queue)") }
        for queue in [broken, sound] {
            try await bench.broker.claims.join(queue, as: w1, lease: .seconds(60))
            try await bench.broker.enqueue([NewJob(id: try parent(in: queue), kind: bench.kind, queue: queue)])
            guard case .jobs(let parents) = try await bench.broker.claims.fetch(from: queue, for: w1, limit: 1) else {
                return
            }
            let child = NewJob(id: try JobID("child-of-\(queue)"), kind: bench.kind, queue: queue)
            let batch = BatchPlan(followUp: NewJob(kind: bench.kind, queue: queue))
            _ = try await bench.broker.claims.acknowledge([
                Completion(parents[0], output: JobOutput(children: [child], batch: batch))
            ])
            _ = try await bench.broker.claims.fetch(from: queue, for: w1, limit: 1)
            _ = try await bench.broker.maintenance.rescueDead(w1, in: queue, maxCrashes: 1, reason: "gone")
        }
        let stuck = try parent(in: broken)
        let keys = QueueKeys().of(broken)
        _ = try await bench.redis.send(["HSET", .text(keys.batch(stuck)), "#then", "{"])
        try await keepUp(steps: 5)
        #expect(try await bench.inspector.job(parent(in: sound))?.state == .dead)
        #expect(try await bench.inspector.job(stuck)?.state == .waiting)
        #expect(try await bench.broker.cancel(stuck, in: broken) == .cancelled)
        try await keepUp(steps: 5)
        #expect(try await bench.redis.send(["EXISTS", .text(keys.completions)]).int() == 0)
    }

    @Test func `a job behind a concurrency key comes in line when the one that was to admit it is gone`() async throws {
        func capped(_ id: String) throws -> NewJob {
            var job = NewJob(id: try JobID(id), kind: bench.kind, queue: bench.queue)
            job.options.concurrencyKey = "BTC-USD"
            return job
        }
        try await bench.broker.enqueue([try capped("a"), try capped("b"), try capped("c")])
        let running = try #require(try await claimAll().first)
        #expect(try await bench.inspector.counts(of: bench.queue).held == 2)
        // The end of the first admits the second; what becomes of that one in line is nobody's call.
        _ = try await bench.broker.claims.acknowledge([Completion(running)])
        #expect(try await bench.broker.cancel(try JobID("b"), in: bench.queue) == .cancelled)
        _ = try await claimAll()
        #expect(try await bench.inspector.counts(of: bench.queue).held == 1)
        try await keepUp(steps: 5)
        #expect(try await claimAll().map(\.id.description) == ["c"])
    }

    @Test func `dead letters beyond what a queue keeps are exported, then removed`() async throws {
        for _ in 0..<3 { try await bench.enqueue() }
        for job in try await claimAll() {
            _ = try await bench.broker.claims.deadLetter(job, because: JobFailure(type: "t", message: "m", at: 1))
        }
        var plan = bench.plan()
        plan.maintenance[bench.queue] = MaintenanceRules(retention: .seconds(60), deadCount: 1)
        let exported = Mutex(0)
        try await keepUp(steps: 9, plan: plan) { jobs in exported.withLock { $0 += jobs.count } }
        #expect(exported.withLock { $0 } == 2)
        #expect(try await bench.inspector.counts(of: bench.queue).dead == 1)
    }

    @Test func `without a policy, or when the export fails, every dead letter stays`() async throws {
        struct DiskFull: Error {}
        try await bench.enqueue()
        let job = try #require(try await claimAll().first)
        _ = try await bench.broker.claims.deadLetter(job, because: JobFailure(type: "t", message: "m", at: 1))
        let asked = Mutex(0)
        let export: DeadLetterRetention.Export = { _ in
            asked.withLock { $0 += 1 }
            throw DiskFull()
        }
        try await keepUp(steps: 9, export: export)
        #expect(asked.withLock { $0 } == 0)
        var plan = bench.plan()
        plan.maintenance[bench.queue] = MaintenanceRules(retention: .seconds(60), deadCount: 0)
        try await keepUp(steps: 9, plan: plan, export: export)
        #expect(asked.withLock { $0 } == 1)
        #expect(try await bench.inspector.counts(of: bench.queue).dead == 1)
    }
}

extension WorkerID {
    fileprivate static func named(_ name: String) -> WorkerID {
        var random = SeededRandom(seed: 1)
        return WorkerID(host: name, pid: 1, using: &random)
    }
}
