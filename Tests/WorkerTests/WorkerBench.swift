import JobQueue
import Logging
import Redis
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A Redis of one's own and workers that run inside the test.
struct WorkerBench: Sendable {
    let server: TemporaryRedis
    let redis: RedisClient
    let broker: Broker
    let queue: QueueName
    let kind: JobKind

    init(_ options: TemporaryRedis.Options = .init()) async throws {
        server = try await TemporaryRedis.start(options)
        redis = server.client()
        broker = Broker(redis: redis)
        queue = try QueueName("q")
        kind = try JobKind("k")
    }

    var inspector: QueueInspector { QueueInspector(broker: broker) }
    var keys: KeysOfQueue { QueueKeys().of(queue) }

    /// How a worker runs its queue unless a test says otherwise: quick retries, a lease that outlasts a busy machine.
    func plan(slots: Int = 4, grace: Duration = .seconds(10), change: (inout QueueRules) -> Void = { _ in })
        -> WorkerPlan
    {
        var rules = QueueRules(
            name: queue, retry: RetryPolicy(attempts: 2, backoff: .fixed, baseMilliseconds: 1, jitter: false))
        change(&rules)
        return WorkerPlan(pool: "test", queues: [rules], slots: slots, lease: .seconds(20), grace: grace)
    }

    /// Starts a worker whose jobs of kind `k` do what `body` says.
    func start<Payload: Decodable & Sendable>(
        _ plan: WorkerPlan? = nil, on redis: RedisClient? = nil, buckets: [TokenBucket] = [],
        middleware: [any JobMiddleware] = [], circuits: CircuitBreaker? = nil, logger: Logger = .quiet,
        endProcess: @escaping @Sendable (String) -> Void = { _ in },
        _ body: @escaping @Sendable (Payload, JobContext) async throws -> JobOutput
    ) -> RunningWorker {
        let broker = redis.map { Broker(redis: $0) } ?? broker
        var registry = JobRegistry()
        registry.register(kind, BodyJob(body: body))
        return RunningWorker(
            WorkerService(
                broker: broker, limiter: RateLimiter(broker: broker, buckets: buckets), circuits: circuits,
                registry: registry, plan: plan ?? self.plan(), host: "test", pid: 1, middleware: middleware,
                logger: logger, endProcess: endProcess))
    }

    /// Starts a worker that runs these kinds.
    func start(_ registry: JobRegistry, _ plan: WorkerPlan? = nil) -> RunningWorker {
        RunningWorker(
            WorkerService(
                broker: broker, limiter: RateLimiter(broker: broker, buckets: []), registry: registry,
                plan: plan ?? self.plan(), host: "test", pid: 1, logger: .quiet, endProcess: { _ in }))
    }

    @discardableResult
    func enqueue(_ payload: String = "{}", kind: JobKind? = nil, change: (inout NewJob) -> Void = { _ in }) async throws
        -> JobID
    {
        var job = NewJob(kind: kind ?? self.kind, queue: queue, payload: try JobPayload(json: payload))
        change(&job)
        return try await broker.enqueue(job).id
    }

    func job(_ id: JobID) async throws -> StoredJob? { try await inspector.job(id) }

    /// Waits until a job is in a state, and gives it as it is then.
    func wait(for id: JobID, toBe state: JobState, within limit: Duration = .seconds(30)) async throws -> StoredJob {
        try await eventually("job \(id) is \(state)", within: limit) { try await job(id)?.state == state }
        return try #require(try await job(id))
    }

    /// The job, claimed by a worker that does nothing with it.
    func claim(as worker: WorkerID) async throws -> LeasedJob? {
        try await broker.claims.join(queue, as: worker, lease: .seconds(600))
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 1) else {
            return nil
        }
        return jobs.first
    }
}

extension ActivePolicy {
    /// One that never changes, with no limits.
    convenience init(_ plan: WorkerPlan, _ broker: Broker) {
        self.init(WorkerPolicy(plan: plan, limiter: RateLimiter(broker: broker, buckets: [])))
    }
}

/// Takes `{}`.
struct Nothing: Decodable, Sendable {}

private struct BodyJob<Payload: Decodable & Sendable>: Job {
    let body: @Sendable (Payload, JobContext) async throws -> JobOutput

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput { try await body(payload, context) }
}

/// A worker under way, as `flotilla worker` would run it.
final class RunningWorker: Sendable {
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    init(_ service: WorkerService) {
        let group = ServiceGroup(services: [service], logger: .quiet)
        self.group = group
        task = Task { try await group.run() }
    }

    /// As SIGTERM does; returns at once.
    func beginShutdown() async { await group.triggerGracefulShutdown() }

    /// As a second SIGTERM does.
    func cancel() { task.cancel() }

    /// Returns when the worker has ended.
    func ended() async throws { try await task.value }

    func stop() async throws {
        await beginShutdown()
        try await ended()
    }
}

/// What jobs tell the test, and the other way round.
final class Signal: Sendable {
    private let values = Mutex<[String]>([])

    var all: [String] { values.withLock { $0 } }
    var count: Int { all.count }

    func send(_ value: String = "") { values.withLock { $0.append(value) } }

    /// Waits for so many signals.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func wait(for count: Int = 1) async throws {
        try await eventually("\(count) signals came", within: .seconds(30)) { self.count >= count }
    }
}

/// What a handler waits at that hears nothing; opened once, by the test.
final class Latch: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }
}
