import Exchange
import Foundation
import JobQueue
import Redis
import TestSupport
import Testing

@testable import Jobs
@testable import Worker

/// Jobs and their attempts.
extension JobBench {
    /// Enqueues one job.
    @discardableResult
    func enqueue(_ kind: String, _ payload: String, id: String, queue: String? = nil) async throws -> JobID {
        let job = NewJob(
            id: try JobID(id), kind: try JobKind(kind), queue: try QueueName(queue ?? kind),
            payload: try JobPayload(json: payload))
        return try await broker.enqueue(job).id
    }

    /// Claims the next ready job of a queue for a new worker.
    func claim(_ queue: String) async throws -> LeasedJob {
        let name = try QueueName(queue)
        var random = SystemRandomNumberGenerator()
        let worker = WorkerID(host: "bench", pid: 1, using: &random)
        try await broker.claims.join(name, as: worker, lease: .seconds(600))
        // A fetch may meet jobs that were cancelled while they were ready, and take none.
        for _ in 0..<3 {
            guard case .jobs(let jobs) = try await broker.claims.fetch(from: name, for: worker, limit: 1) else { break }
            if let job = jobs.first { return job }
        }
        throw NoJob(queue: queue)
    }

    /// Takes a claim back, as if its worker had died: the job is ready for the next one.
    func deadLetter(_ job: LeasedJob) async throws {
        _ = try await broker.maintenance.rescueDead(job.worker, in: job.queue, maxCrashes: 1_000, reason: "gone")
    }

    /// Runs one attempt of a claimed job to its end.
    @discardableResult
    func run(_ job: LeasedJob, _ plot: AttemptPlot = AttemptPlot()) async throws -> StoredJob {
        let attempt = Attempt(job: job, deadline: .now + .seconds(60))
        plot.begin(attempt)
        await runner.runUnderPlot(plot, attempt, limiter)
        if plot.isDead { try await deadLetter(job) }
        return try await stored(job.id.description)
    }

    /// One attempt of the next ready job of a queue.
    @discardableResult
    func attempt(_ queue: String, _ plot: AttemptPlot = AttemptPlot()) async throws -> StoredJob {
        try await run(try await claim(queue), plot)
    }

    /// One attempt of a new job of this kind, in the queue of the same name.
    @discardableResult
    func attempt(_ kind: String, _ payload: String, id: String, _ plot: AttemptPlot = AttemptPlot()) async throws
        -> StoredJob
    {
        try await enqueue(kind, payload, id: id)
        return try await attempt(kind, plot)
    }

    /// Attempts until the job is final, whatever it waits for.
    func finish(_ id: String, in queue: String) async throws -> StoredJob {
        for _ in 0..<20 {
            let job = try await stored(id)
            if job.state.isFinal { return job }
            try await makeDue(queue)
            try await attempt(queue)
        }
        return try await stored(id)
    }

    var runner: JobRunner {
        let (attempts, runtime) = (RunningAttempts(slots: 1), WorkerRuntime(broker: broker, clock: clock))
        return JobRunner(
            broker: broker, registry: registry,
            writer: SettlementWriter(broker: broker, runtime: runtime, settled: { attempts.remove($0) }),
            attempts: attempts, runtime: runtime, logger: .quiet)
    }

    func stored(_ id: String) async throws -> StoredJob {
        try #require(try await QueueInspector(broker: broker).job(try JobID(id)), "job \(id) is not remembered")
    }

    func jobs(_ queue: String, _ state: JobState) async throws -> [StoredJob] {
        try await QueueInspector(broker: broker).jobs(in: try QueueName(queue), state: state, limit: 100)
    }

    /// Ends every wait of the queue's scheduled and retrying jobs.
    func makeDue(_ queue: String) async throws {
        let keys = QueueKeys().of(try QueueName(queue))
        for key in [keys.scheduled, keys.retrying] {
            for id in try await redis.send(["ZRANGE", .text(key), 0, -1]).strings(of: "ZRANGE") {
                _ = try await redis.send(["ZADD", .text(key), 1, .text(id)])
            }
        }
        try await broker.maintenance.promoteDue(in: try QueueName(queue))
    }

    /// Makes a ready job look as if it had been enqueued that long ago.
    func age(_ id: String, in queue: String, bySeconds seconds: Int) async throws {
        let key = QueueKeys().of(try QueueName(queue)).jobs
        let bytes = try await redis.send(["HGET", .text(key), .text(id)]).bytes(of: "HGET")
        var envelope = try JobEnvelope(record: bytes, id: id)
        envelope.enqueuedMilliseconds -= Int64(seconds) * 1_000
        _ = try await redis.send(["HSET", .text(key), .text(id), .bytes(envelope.encoded())])
    }

    struct NoJob: Error { let queue: String }
}

extension JobRunner {
    /// The plot goes with the attempt's task.
    func runUnderPlot(_ plot: AttemptPlot, _ attempt: Attempt, _ limiter: RateLimiter) async {
        let rules = QueueRules(name: attempt.job.queue, retry: RetryPolicy(attempts: 8, jitter: false))
        let policy = WorkerPolicy(plan: WorkerPlan(pool: "test", queues: [rules], slots: 1), limiter: limiter)
        let queue = ServedQueue(rules, under: policy)
        attempts.add([attempt])
        let task = Task { await AttemptPlot.$current.withValue(plot) { await run(attempt, of: queue) } }
        attempt.started { task.cancel() }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            attempt.stop(.shutdown, at: .now)
        }
        // Settling goes on beside.
        await attempts.waitUntilIdle()
    }
}

private struct Finished<Value: Decodable>: Decodable { let result: Value }

extension StoredJob {
    /// The members of its result, when that is one JSON object of texts.
    var result: [String: String] {
        struct Outcome: Decodable { let result: [String: String] }
        return (try? JSONDecoder().decode(Outcome.self, from: Data(envelope.outcome.utf8)))?.result ?? [:]
    }

    /// The result as a value.
    func report<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(Finished<Value>.self, from: Data(envelope.outcome.utf8)).result
    }

    /// The result of a rebalance; its own part, when it has waited for its sells.
    func report() throws -> RebalanceReport {
        struct Outcome: Decodable { let result: RebalanceReport }
        struct Batch: Decodable { let result: Own }
        struct Own: Decodable { let own: RebalanceReport }
        let bytes = Data(envelope.outcome.utf8)
        if let whole = try? JSONDecoder().decode(Batch.self, from: bytes) { return whole.result.own }
        return try JSONDecoder().decode(Outcome.self, from: bytes).result
    }

    /// Reasons why it was postponed, oldest first.
    var postponements: [String] { timeline.filter { $0.event == "postponed" }.compactMap(\.detail) }

    /// The text of its payload.
    var payload: String { String(decoding: envelope.payload, as: UTF8.self) }

    /// A decoded payload.
    func payload<Content: Decodable>(as type: Content.Type) throws -> Content {
        try JSONDecoder().decode(type, from: Data(envelope.payload))
    }
}

extension JobBench {
    /// Waits until somebody has slept on the clock.
    func untilWaiting(_ clock: HastyClock) async throws {
        try await eventually("an attempt waits", within: .seconds(30)) { !clock.sleeps.isEmpty }
    }
}
