import Documents
import Exchange
import Fleet
import Foundation
import JobQueue
import Jobs
import Ledger
import Logging
import Redis
import ScheduleConfiguration
import TestJobs
import Trading
import Worker

/// The only place that creates clients and joins modules.
struct Composition {
    var settings: Settings
    let logger: Logger

    init(_ options: CommonOptions) throws {
        settings = try Settings(options)
        logger = LogLines.logger(settings)
    }

    /// A client that gives up soon, for interactive commands.
    func redis(patience: Duration = .seconds(3)) throws -> RedisClient {
        var options = RedisOptions()
        options.waitForConnection = patience
        options.namespace = settings.namespace
        var quiet = logger
        if patience <= .seconds(3) { quiet.logLevel = max(quiet.logLevel, .critical) }
        return RedisClient(address: try settings.redisAddress(), options: options, logger: quiet)
    }

    /// Waits until Redis answers, and logs meanwhile that it waits.
    /// - Throws: `RedisError` at once for errors that waiting does not fix: a wrong password, an unknown host.
    func awaitRedis(_ client: RedisClient) async throws {
        while true {
            do {
                _ = try await client.send(["PING"])
                return
            } catch {
                // An ACL error proves that Redis answers.
                if case .noPermission = error { return }
                guard error.mayPass, !ParentWatch.isParentGone(environment: settings.environment) else { throw error }
                logger.warning("waiting for Redis: \(error)")
                // Some errors occur without delay, so the loop pauses.
                try await ContinuousClock().sleep(for: .milliseconds(500))
            }
        }
    }

    /// Runs a body with a broker and closes the connection after it.
    /// - Throws: `CommandFailure` when Redis holds no fleet and no setting names a Redis.
    func withBroker<Value>(_ body: (Broker) async throws -> Value) async throws -> Value {
        let client = try redis()
        do {
            let broker = Broker(redis: client)
            try await refuseStranger(broker)
            let value = try await body(broker)
            await client.close()
            return value
        } catch {
            await client.close()
            throw noFleet(because: error) ?? error
        }
    }

    /// The kinds that this installation runs, each with its default queue.
    var kinds: [KindDefinition] { JobCatalog.kinds + (settings.testJobs ? TestJobCatalog.kinds : []) }

    /// The schedule file, checked.
    /// - Throws: `ConfigurationError`.
    func schedule(_ path: String? = nil) throws -> ScheduleFile {
        guard path == nil || path == settings.schedulesPath else {
            return try ScheduleFile.read(path: path ?? "", known: Self.scheduled)
        }
        return try own { () throws(ConfigurationError) in
            try ScheduleFile.read(path: settings.schedulesPath, known: Self.scheduled)
        }
    }

    /// Reads the schedule file that this host's settings name; where it cannot be read, the error names the setting.
    func own<Value>(_ read: () throws(ConfigurationError) -> Value) throws(ConfigurationError) -> Value {
        do {
            return try read()
        } catch {
            guard case .unreadable(let path, let sentence) = error else { throw error }
            throw .unreadable(path: path, sentence.replacing("Name a schedule file.", with: schedulesRemedy))
        }
    }

    private var schedulesRemedy: String {
        settings.all.first { $0.name == "FLOTILLA_SCHEDULES" }?.source == "default"
            ? "Go to the folder of the fleet, or name its schedule file with --schedules FILE."
            : "Set FLOTILLA_SCHEDULES to a schedule file."
    }

    /// What an entry may name. Test kinds are always known: the worker decides whether they run.
    static let scheduled = KnownNames(
        kinds: (JobCatalog.kinds + TestJobCatalog.kinds).map {
            KnownKind(
                name: $0.name, queue: $0.queue.description, misfire: $0.catchesUp ? .once : .skip,
                entityArgument: $0.entityArgument, arguments: $0.arguments)
        }, sources: EntitySource.all.map(\.known))

    /// The same for an active version: one entry that an older program accepted must not stop the whole schedule. A job
    /// with wrong arguments is dead, with that error.
    static let stored = KnownNames(
        kinds: scheduled.kinds.map {
            KnownKind(name: $0.name, queue: $0.queue, misfire: $0.misfire, entityArgument: $0.entityArgument)
        }, sources: scheduled.sources)

    /// The schedule file with its text, checked.
    /// - Throws: `ConfigurationError`.
    func loadedSchedule() throws(ConfigurationError) -> LoadedSchedule {
        let loaded = try own { () throws(ConfigurationError) in
            try LoadedSchedule.read(path: settings.schedulesPath, known: Self.scheduled)
        }
        for warning in loaded.file.warnings { logger.warning("\(settings.schedulesPath):\(warning.warning)") }
        return loaded
    }

    /// The schedule that the schedulers run: the active version, or the file while none was ever activated.
    /// - Throws: `ConfigurationError`, `JobQueueError`.
    func activeSchedule(_ broker: Broker) async throws -> ScheduleFile {
        guard let stored = try await broker.schedules.schedule() else { return try schedule() }
        return try Self.parse(stored)
    }

    /// The schedule with which a following process starts: the active version, or its own file while there is none. A
    /// host without a file waits for the first version.
    /// - Parameter own: this host's file, or why it cannot be read.
    /// - Returns: no version for the file.
    /// - Throws: `ConfigurationError` when neither can be read, `JobQueueError`.
    func startingSchedule(
        _ broker: Broker, own: Result<ScheduleFile, any Error>
    ) async throws -> (file: ScheduleFile, version: ScheduleStamp?) {
        guard let stored = try await broker.schedules.schedule() else {
            if case .failure = own, waitsForSchedule { return try await awaitSchedule(broker) }
            return (try own.get(), nil)
        }
        do {
            let file = try Self.parse(stored)
            if case .failure(let error) = own {
                logger.log(
                    level: waitsForSchedule ? .info : .warning,
                    "schedule version \(stored.number) is active; the file here does not count: \(error)")
            }
            return (file, stored.stamp)
        } catch {
            // A newer program may have stored the version. Without a file of its own the process cannot start.
            let file = try own.get()
            logger.error(
                "schedule version \(stored.number) cannot be read here, the file of this host counts instead: \(error)")
            return (file, nil)
        }
    }

    static func parse(_ version: ScheduleVersion) throws(ConfigurationError) -> ScheduleFile {
        try ScheduleFile.parse(
            Array(version.text.utf8), file: "schedule version \(version.number)", known: stored)
    }

    func limiter(_ file: ScheduleFile, _ broker: Broker) -> RateLimiter {
        RateLimiter(broker: broker, buckets: file.limits)
    }

    /// The queues that a pool names; `*` names all queues of the file and the catalogue. The worker itself finds queues
    /// that only Redis knows.
    func rules(for names: [String], in file: ScheduleFile) throws -> [QueueRules] {
        var wanted = names
        if names.contains("*") {
            let kinds = JobCatalog.kinds + TestJobCatalog.kinds
            let known =
                file.queues.map(\.name.description) + file.schedules.map(\.queue) + kinds.map(\.queue.description)
            wanted = Set(known).sorted()
        }
        return try wanted.map { name in
            try file.queues.first { $0.name.description == name } ?? QueueRules(name: QueueName(name))
        }
    }

    /// The queues whose jobs place orders: those of the catalogue, and those to which the schedule sends executions.
    func orderQueues(_ file: ScheduleFile) throws -> Set<QueueName> {
        let orders = JobCatalog.kinds.filter(\.placesOrders)
        let names =
            orders.map(\.queue.description)
            + file.schedules.filter { entry in orders.contains { $0.name == entry.job } }.map(\.queue)
        return Set(try names.map { try QueueName($0) })
    }

    /// Refuses to start workers for orders on a Redis that is not safe.
    /// - Parameter queues: those of the workers; `*` for every queue.
    /// - Throws: `CommandFailure` with status `refused`; `RedisError` when Redis cannot be reached.
    func refuseUnsafeOrders(_ queues: [String], in file: ScheduleFile, _ redis: RedisClient) async throws {
        let orders = Set(try orderQueues(file).map(\.description))
        guard queues.contains(where: { $0 == "*" || orders.contains($0) }) else { return }
        try RedisWatch.refuse(try await RedisWatch.judge(redis))
    }

    /// The handlers of a worker process.
    func registry(_ dependencies: JobDependencies) -> JobRegistry {
        var registry = JobRegistry()
        for kind in kinds { kind.register(into: &registry, dependencies) }
        return registry
    }
}

/// Ledger, exchange and market data.
extension Composition {
    /// Wall time, which a test may stop.
    var now: @Sendable () -> Date {
        guard let frozen = settings.frozenNow else { return { Date() } }
        return { frozen }
    }

    func ledger() async throws -> Ledger {
        try await Ledger.open(try LedgerAddress(settings.databaseURL), now: now, logger: logger)
    }

    /// The ledger, opened read-only: a file that is missing or not migrated does not change.
    func ledgerToRead() async throws(LedgerError) -> Ledger {
        try await Ledger.openReadOnly(try LedgerAddress(settings.databaseURL), now: now)
    }

    /// Migrates the database to the newest schema; a new one on the paper exchange gets the demo bots.
    func prepareLedger() async throws {
        let ledger = try await ledger()
        if ledger.isFresh {
            let path = try demoFolder().appendingPathComponent("bots.json")
            let count = try await ledger.seedDemoBots(json: try Data(contentsOf: path))
            logger.info("a fresh database with \(count) demo bots")
        }
        try await ledger.close()
    }

    func dependencies(broker: Broker) async throws -> JobDependencies {
        JobDependencies(
            cache: MarketDataCache(redis: broker.redis, logger: logger), ledger: try await ledger(), broker: broker,
            now: now, checksClock: settings.frozenNow == nil, exchangeLimit: settings.exchangeLimit,
            switches: settings.switches,
            makeExchange: try exchange(broker.redis))
    }

    /// The factory of the exchange that the settings name, called for each attempt.
    private func exchange(
        _ redis: RedisClient
    ) throws -> @Sendable (@escaping BeforeRequest) -> any ExchangeClient {
        let make: @Sendable (@escaping BeforeRequest) -> any ExchangeClient
        switch settings.exchange {
        case .paper:
            let (market, options) = try paperMarket()
            let now = now
            make = { PaperExchange(market: market, redis: redis, options: options, now: now, beforeRequest: $0) }
        }
        guard settings.testJobs else { return make }
        let file = settings.home.appendingPathComponent("kill-after-order").path
        return { MortalExchange(make($0), killAfterOrder: file) }
    }

    private func paperMarket() throws -> (PaperMarket, PaperExchange.Options) {
        let market = try PaperMarket(folder: try demoFolder().appendingPathComponent("market").path)
        return (market, try PaperExchange.Options(time: try MarketTime(repeating: market)))
    }

    /// Loads the market of a file.
    func marketLoader(_ broker: Broker) throws -> MarketLoader {
        let cache = MarketDataCache(redis: broker.redis, logger: logger)
        switch settings.exchange {
        case .paper:
            let (market, options) = try paperMarket()
            let paper = PaperExchange(market: market, redis: broker.redis, options: options, now: now)
            return MarketLoader(cache: cache, paper: paper, listed: market.listings.map(\.product))
        }
    }

    /// The demo's bots and market: the folder in FLOTILLA_DEMO, else `ops/demo` beside the working folder or above the
    /// program.
    private func demoFolder() throws -> URL {
        if !settings["FLOTILLA_DEMO"].isEmpty {
            let folder = URL(fileURLWithPath: settings["FLOTILLA_DEMO"], isDirectory: true)
            guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("market").path) else {
                throw CommandFailure(
                    .usage,
                    "FLOTILLA_DEMO names \(Shown.line(folder.path, 300)), and no folder 'market' is there. Name the "
                        + "folder that holds it, such as ops/demo.")
            }
            return folder
        }
        let program = (try? ThisProgram.path()) ?? ""
        var folders = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath)]
        var folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        while folder.path != "/", folders.count < 16 {
            folders.append(folder)
            folder.deleteLastPathComponent()
        }
        for folder in folders.map({ $0.appendingPathComponent("ops/demo") }) {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("market").path) { return folder }
        }
        throw CommandFailure(
            .failed,
            "The demo market is not found: no ops/demo/market beside or above the working folder or the program. "
                + "Run it inside of the project's folder, or name that folder with FLOTILLA_DEMO.")
    }
}
