import Exchange
import Foundation
import JobQueue
import Redis
import TestSupport
import Testing
import Trading

@testable import Dashboard
@testable import Jobs
@testable import Ledger
@testable import Worker

/// The recorded database and market with real parts: a ledger file, Redis, and the job that evaluates. Jobs run at the
/// time of the recordings.
struct StatusBench: Sendable {
    let file: FixtureLedger
    let redis: RedisClient
    private let broker: Broker
    private let cache: MarketDataCache
    private let registry: JobRegistry
    private let caller: DirectCaller

    var ledger: Ledger { file.ledger }

    /// - Parameters:
    ///   - sql: see `FixtureLedger`.
    ///   - later: how many seconds after the jobs pages ask.
    init(fixture: Bool = true, changedBy sql: String = "", later: TimeInterval = 0) async throws {
        file = try await FixtureLedger(fixture: fixture, changedBy: sql)
        redis = try await SharedServer.client()
        broker = Broker(redis: redis)
        cache = MarketDataCache(redis: redis, logger: .quiet)
        caller = DirectCaller(
            endpoints: EndpointTable.dashboard(
                DashboardDependencies(
                    ledger: file.ledger, cache: cache, broker: broker, now: { FixtureLedger.now + later },
                    enqueue: { _, _ in "job-1" }, logger: .quiet)))
        var registry = JobRegistry()
        let dependencies = JobDependencies(
            cache: cache, ledger: file.ledger, broker: broker, now: { FixtureLedger.now }, checksClock: false
        ) { _ in
            preconditionFailure("an evaluation asks the exchange nothing")
        }
        KindDefinition.evaluation.register(into: &registry, dependencies)
        self.registry = registry
    }

    /// With the recorded market, in which every running bot is evaluated.
    static func evaluated(
        scoring: String = "legacy", changedBy sql: String = "", later: TimeInterval = 0
    ) async throws -> StatusBench {
        let bench = try await StatusBench(changedBy: sql, later: later)
        try await bench.loadMarket()
        try await bench.evaluate(try await bench.ledger.runningBots().map(\.id), scoring: scoring)
        return bench
    }

    /// The answer to a request that has one.
    func get(_ path: String, query: [String: String] = [:]) async throws -> JSONValue {
        let answer = try await caller.call(.get, "/api/v1" + path, query: query)
        #expect(answer.status == 200)
        return try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
    }

    /// Makes the request of a golden and compares the answer.
    func differences(_ name: String) async throws -> [String] {
        let golden = try Golden(name)
        let answer = try await caller.call(golden.method, golden.path, query: golden.query)
        return GoldenComparison().differences(golden, answer)
    }

    /// - Parameter market: nil loads the recorded one.
    func loadMarket(_ market: MarketFile? = nil) async throws {
        _ = try await MarketLoader(cache: cache).load(
            try market ?? MarketBench.market(), at: FixtureLedger.now, seconds: 3_600)
    }
}

/// The job, and what it finds.
extension StatusBench {
    /// Leaves the account a dollar.
    func spendBalances() async throws {
        let dollar = Account(currency: "USD", available: Amount(1), hold: .zero)
        try await cache.store(accounts: CachedAccounts(accounts: [dollar], fetchedAt: FixtureLedger.now))
    }

    /// Evaluates bots, each in a job of its own.
    /// - Parameter look: tells the jobs of one look from those of another.
    func evaluate(_ bots: [Int], scoring: String = "legacy", look: String = "first") async throws {
        let queue = try QueueName("evaluation")
        for bot in bots {
            let payload = try JobPayload(json: #"{"bot_id": \#(bot), "scoring": "\#(scoring)"}"#)
            let id = try JobID("evaluation-\(bot)-\(look)")
            let job = NewJob(
                id: id, kind: try JobKind("evaluation"), queue: queue, payload: payload)
            _ = try await broker.enqueue(job)
            try await run(try await claim(queue))
            let stored = try await QueueInspector(broker: broker).job(id)
            #expect(stored?.state == .succeeded, "bot \(bot): \(stored?.envelope.outcome ?? "no job")")
        }
    }

    private func claim(_ queue: QueueName) async throws -> LeasedJob {
        var random = SystemRandomNumberGenerator()
        let worker = WorkerID(host: "bench", pid: 1, using: &random)
        try await broker.claims.join(queue, as: worker, lease: .seconds(600))
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 1),
            let job = jobs.first
        else { throw NoJob() }
        return job
    }

    private struct NoJob: Error {}

    private func run(_ job: LeasedJob) async throws {
        let (attempts, runtime) = (RunningAttempts(slots: 1), WorkerRuntime(broker: broker))
        let writer = SettlementWriter(broker: broker, runtime: runtime, settled: { attempts.remove($0) })
        let runner = JobRunner(
            broker: broker, registry: registry, writer: writer, attempts: attempts, runtime: runtime, logger: .quiet)
        let rules = QueueRules(name: job.queue, retry: RetryPolicy(attempts: 1, jitter: false))
        let policy = WorkerPolicy(
            plan: WorkerPlan(pool: "test", queues: [rules], slots: 1),
            limiter: RateLimiter(broker: broker, buckets: []))
        let attempt = Attempt(job: job, deadline: .now + .seconds(60))
        attempts.add([attempt])
        await runner.run(attempt, of: ServedQueue(rules, under: policy))
        await attempts.waitUntilIdle()
    }
}
