import Exchange
import Foundation
import GRDB
import JobQueue
import Redis
import TestSupport
import Testing
import Trading

@testable import Dashboard
@testable import Jobs
@testable import Ledger
@testable import Worker

/// The recorded database and market with real parts: a ledger file, Redis, and the job that evaluates. The time stands
/// still at that of the recordings.
struct StatusBench: Sendable {
    static let now = Date(timeIntervalSince1970: 1_759_579_200)

    let redis: RedisClient
    let ledger: Ledger
    let cache: MarketDataCache
    let dependencies: DashboardDependencies
    private let broker: Broker
    private let registry: JobRegistry
    private let folder: ScratchFolder

    /// - Parameters:
    ///   - changes: SQL that other programs ran on the recorded database.
    ///   - fixture: whether there is a recorded database; else the ledger is empty.
    ///   - now: a later look at what was evaluated.
    init(changes: String = "", fixture: Bool = true, now: Date = StatusBench.now) async throws {
        let folder = try ScratchFolder()
        if fixture { try folder.run(try Self.text("fixture.sql") + "\n" + changes) }
        self.folder = folder
        redis = try await SharedServer.client()
        let broker = Broker(redis: redis)
        self.broker = broker
        let cache = MarketDataCache(redis: redis, logger: .quiet)
        self.cache = cache
        let ledger = try await Ledger.open(
            LedgerAddress(path: folder.database), now: { Self.now }, logger: .quiet)
        self.ledger = ledger
        dependencies = DashboardDependencies(
            ledger: ledger, cache: cache, broker: broker, now: { now }, enqueue: { _, _ in "" }, logger: .quiet)
        var registry = JobRegistry()
        KindDefinition.evaluation.register(
            into: &registry,
            JobDependencies(cache: cache, ledger: ledger, broker: broker, now: { Self.now }, checksClock: false) { _ in
                preconditionFailure("an evaluation asks the exchange nothing")
            })
        self.registry = registry
    }

    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Fixtures").appending(path: name), encoding: .utf8)
    }

    /// One answer, with 404s and the like as the errors that they are.
    func get(_ path: String, _ values: [String: ParameterValue] = [:]) async throws -> JSONValue {
        let endpoints = EndpointTable.all(dependencies)
        let endpoint = try #require(endpoints.first { $0.method == .get && $0.path == "/api/v1" + path })
        let answer = try await endpoint.respond(EndpointCall(values: values))
        #expect(answer.status == 200)
        return try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
    }

    /// What the old backend answered.
    static func golden(_ name: String) throws -> JSONValue {
        let recording = try JSONDecoder().decode(JSONValue.self, from: Data(try text("golden/\(name).json").utf8))
        return try #require(recording.member("body"))
    }
}

/// The market, and the job.
extension StatusBench {
    private struct Market: Decodable {
        struct Ticker: Decodable { var price: Double }
        struct Balance: Decodable {
            var currency: String
            var available_crypto: Double
        }
        var ticker: [String: Ticker]
        var balances: [Balance]
        var candles: [String: [String: [[Double]]]]
    }

    /// Puts the recorded market into the cache, as if it had just been fetched.
    func fillCache() async throws {
        let market = try JSONDecoder().decode(Market.self, from: Data(try Self.text("fixture-market.json").utf8))
        var (quotes, series): ([Quote], [CachedCandles]) = ([], [])
        for (name, ticker) in market.ticker {
            let price = try Amount(approximating: ticker.price, scale: 18)
            quotes.append(Quote(product: try ProductID(name), bid: price, ask: price, time: Self.now))
        }
        for (name, granularities) in market.candles {
            for (seconds, rows) in granularities {
                let candles = rows.map { row in
                    Candle(
                        start: Int(row[0]), open: row[1], high: row[2], low: row[3], close: row[4], volume: row[5])
                }
                let granularity = try #require(Int(seconds).flatMap(Granularity.init(rawValue:)))
                series.append(
                    CachedCandles(
                        product: try ProductID(name), granularity: granularity, candles: candles,
                        fetchedAt: Self.now))
            }
        }
        try await cache.store(quotes: quotes, candles: series, fetchedAt: Self.now)
    }

    /// Evaluates bots, each in a job of its own.
    func evaluate(_ bots: [Int], scoring: String = "legacy", prefix: String = "job") async throws {
        let queue = try QueueName("evaluation")
        for bot in bots {
            let payload = try JobPayload(json: #"{"bot_id": \#(bot), "scoring": "\#(scoring)"}"#)
            let id = try JobID("\(prefix)-\(bot)")
            let job = NewJob(
                id: id, kind: try JobKind("evaluation"), queue: queue, payload: payload)
            _ = try await broker.enqueue(job)
            try await run(try await claim(queue))
            let stored = try await QueueInspector(broker: broker).job(id)
            #expect(stored?.state == .succeeded, "bot \(bot): \(stored?.envelope.outcome ?? "no job")")
        }
    }

    func evaluateAll(scoring: String = "legacy") async throws {
        try await evaluate(try await ledger.runningBots().map(\.id), scoring: scoring)
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

/// A folder of its own, removed with it.
private final class ScratchFolder: Sendable {
    private let path: String
    var database: String { path + "/ledger.db" }

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "flotilla-status-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func run(_ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: database, configuration: configuration)
            .writeWithoutTransaction { try $0.execute(sql: sql) }
    }
}
