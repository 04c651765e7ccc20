import Exchange
import Foundation
import GRDB
import JobQueue
import Logging
import Redis
import TestJobs
import TestSupport
import Trading

@testable import Jobs
@testable import Ledger
@testable import Worker

/// Everything that a job needs, real but for time: Redis, a ledger file, the paper exchange. Attempts run one by one,
/// each as by a worker process of its own.
///
/// What the cache holds ends by Redis' clock, not by the wall's: suites run their tests one after the other, so that
/// each is over long before.
struct JobBench: Sendable {
    let redis: RedisClient
    let broker: Broker
    let limiter: RateLimiter
    let ledger: Ledger
    let cache: MarketDataCache
    let wall: WallClock
    let clock: any Clock<Duration>
    let record = CallRecord()
    private(set) var registry: JobRegistry
    let cash: Amount
    private let market: PaperMarket
    private let time: MarketTime
    private let folder: ScratchFolder

    static let marketFolder =
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../ops/demo/market").standardized
        .path
    /// One for all: it only reads files.
    private static let market = Result { try PaperMarket(folder: marketFolder) }
    /// A quiet hour of the offline market, at which every bench starts.
    private static let marketHour = 1_760_598_000

    /// - Parameters:
    ///   - fixture: path of the SQL of a database to take over; then no bots are made.
    ///   - tokens: of the bucket that the exchange's requests take from; by default nobody ever waits for one.
    init(
        bots: [BotSeed] = [BotSeed(1, "BTC-USD")], fixture: String? = nil, cash: Amount = Amount(100_000),
        clock: any Clock<Duration> = HastyClock(),
        tokens: TokenBucket = TokenBucket(name: "coinbase", ratePerSecond: 1_000_000, burst: 1_000_000)
    ) async throws {
        redis = try await SharedServer.client()
        broker = Broker(redis: redis)
        limiter = RateLimiter(broker: broker, buckets: [tokens])
        cache = MarketDataCache(redis: redis, logger: .quiet)
        self.clock = clock
        self.cash = cash
        market = try Self.market.get()
        // Decisions are dated by the wall and judged by Redis' clock: they start together.
        let wall = WallClock(Int(try await broker.clock.synchronise() / 1_000))
        self.wall = wall
        let hour = wall.unixSeconds / 3_600 * 3_600
        time = try MarketTime(origin: Self.marketHour - hour, cycleSeconds: 3_600 * 10_000_000)
        folder = try ScratchFolder()
        if let fixture { try folder.load(fixture) }
        ledger = try await Ledger.open(
            LedgerAddress(path: folder.path + "/ledger.db"),
            now: {
                AttemptPlot.current?.reachLedgerWrite()
                return wall.now
            }, logger: .quiet)
        if fixture == nil { _ = try await ledger.seedDemoBots(json: try BotSeed.json(bots)) }
        // As on any ledger but the demo's own: rebalances are agreed to, on the strictest terms.
        try await ledger.write { try $0.execute(sql: "UPDATE operator_consents SET terms = NULL") }
        registry = JobRegistry()
        try restart(TradingSwitches())
    }

    /// From here on jobs run as in workers that were started with other settings.
    mutating func restart(_ switches: TradingSwitches, checksClock: Bool = false) throws {
        let dependencies = try dependencies(switches, checksClock: checksClock)
        var registry = JobRegistry()
        for kind in JobCatalog.kinds + TestJobCatalog.kinds { kind.register(into: &registry, dependencies) }
        var mortal = JobRegistry()
        for kind in registry.kinds {
            if let handler = registry.handlers[kind]?.run { mortal.register(kind, MortalJob(handler: handler)) }
        }
        self.registry = mortal
    }

    /// What the jobs are given.
    /// - Parameter checksClock: else the wall may be moved away from Redis' clock, as most tests do.
    func dependencies(
        _ switches: TradingSwitches = TradingSwitches(), checksClock: Bool = false
    ) throws -> JobDependencies {
        let options = try PaperExchange.Options(startingCash: cash, time: time)
        return JobDependencies(
            cache: cache, ledger: ledger, broker: broker, now: { [wall] in wall.now }, checksClock: checksClock,
            switches: switches
        ) { [market, redis, wall, record] hook in
            let counted: BeforeRequest = { kind throws(ExchangeError) in
                try await hook(kind)
                record.note(token: kind)
            }
            let paper = PaperExchange(
                market: market, redis: redis, options: options, now: { wall.now }, beforeRequest: counted)
            return ProbedExchange(exchange: paper, record: record)
        }
    }

    /// The exchange as the test itself sees it: no tokens, no plot, nothing noted.
    func exchange() throws -> PaperExchange {
        PaperExchange(
            market: market, redis: redis, options: try PaperExchange.Options(startingCash: cash, time: time),
            now: { [wall] in wall.now })
    }
}

/// Any job, whose output does not outlive its worker.
private struct MortalJob: Job {
    let handler: JobRegistry.ErasedJob

    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
        let output = try await handler(payload.json, context)
        if AttemptPlot.current?.isDead == true { throw CancellationError() }
        return output
    }
}

/// Market data and money.
extension JobBench {
    /// Puts what the exchange says now into the cache: quotes, hourly candles, and all products there are.
    func fillCache(_ names: [String] = ["BTC-USD"], candles: Bool = true, products: Bool = true) async throws {
        let exchange = try exchange()
        let ids = try names.map { try ProductID($0) }
        let hour = wall.unixSeconds / 3_600 * 3_600
        var series: [CachedCandles] = []
        for id in candles ? ids : [] {
            series.append(
                CachedCandles(
                    product: id, granularity: .oneHour,
                    candles: try await exchange.candles(id, granularity: .oneHour, from: hour - 300 * 3_600, to: hour),
                    fetchedAt: wall.now))
        }
        try await cache.store(
            quotes: try await exchange.bestBidAsk(ids), candles: series,
            products: products ? try await exchange.products() : nil,
            fetchedAt: wall.now)
    }

    /// What is free in a currency.
    func balance(_ currency: String) async throws -> Amount {
        try await exchange().accounts().first { $0.currency == currency }?.available ?? .zero
    }

    /// Every order the exchange has of a product.
    func orders(_ product: String = "BTC-USD") async throws -> [ExchangeOrder] {
        try await exchange().orders(product: try ProductID(product), since: Date(timeIntervalSince1970: 0))
    }

    /// Buys at once, beside all jobs, so that there is something to sell.
    func hold(_ size: String, of product: String = "BTC-USD") async throws {
        _ = try await exchange().place(
            OrderRequest(
                clientOrderID: ClientOrderID(job: "holding of \(product)", leg: "cross", attempt: 0),
                product: try ProductID(product), side: .buy, configuration: .marketIOC(.base(try Amount(size)))))
    }
}

/// A folder of its own, removed with it.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "flotilla-jobs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Makes the ledger's file from SQL, as the Python application left it.
    func load(_ fixture: String) throws {
        let sql = try String(contentsOfFile: fixture, encoding: .utf8)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path + "/ledger.db", configuration: configuration)
            .writeWithoutTransaction { try $0.execute(sql: sql) }
    }
}
