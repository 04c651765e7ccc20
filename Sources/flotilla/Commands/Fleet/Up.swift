import ArgumentParser
import Documents
import Fleet
import Foundation
import JobQueue
import Jobs
import Ledger
import Operations
import Redis
import ScheduleConfiguration
import UnixSignals

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "The whole fleet on this machine: Redis unless REDIS_URL is set, a scheduler, the pools. Ctrl-C ends it."
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "Where the dashboard's API listens: HOST:PORT, or off (FLOTILLA_LISTEN; 127.0.0.1:8000).")
    var listen: String?
    @Option(help: "The folder of the built front end, served at /.") var dashboard: String?
    @Flag(help: "One JSON document on stdout once it is up; what is said to people goes to stderr.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        try composition.settings.refuseUnobeyed()
        let api = try apiPool(composition)
        let file = try composition.schedule()
        let lock = try HomeLock(composition.settings.home)
        defer { withExtendedLifetime(lock) {} }
        LogLines.keep(.backend, composition.settings)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let redis = try await startRedis(composition, file)
        let mark = SupervisorMark(composition.settings.home, "up")
        let host = composition.host()
        let holder = "up on \(ServiceRunner.host), process \(ServiceRunner.pid)"
        do {
            let active = try await composition.withBroker { broker in
                let queues = file.pools.filter { $0.processes > 0 }.flatMap(\.queueNames)
                try await composition.refuseUnsafeOrders(queues, in: file, broker.redis)
                try await LedgerClaim.precede(composition, broker)
                try await composition.prepareLedger()
                // Its workers say the same from their start on; until then this says it for them.
                let ledger = try await composition.ledger()
                _ = try await LedgerClaim.begin(composition, broker, ledger, holder: holder)
                try await ledger.close()
                try await mark.succeed(host, OrderHold(broker: broker, logger: composition.logger))
                return try await broker.schedules.schedule()
            }
            // The file counts when a scheduler has made it a version, or there is none.
            let scheduler = try FleetRun.pool("scheduler", processes: 1, arguments: ["scheduler"], composition)
            let begin = active.flatMap { version in (try? Composition.parse(version)).map { ($0, version.stamp) } }
            var fleet = FleetRun(
                composition: composition, file: begin?.0 ?? file, version: begin?.1,
                pools: { file, count in
                    try [scheduler] + FleetRun.workers(composition, file, count) + (api.pool.map { [$0] } ?? [])
                },
                first: [scheduler])
            fleet.host = host
            fleet.keepsOutputFree = json
            try greet(composition, file, api.address, isRebalanced: try await composition.isRebalanced())
            try await fleet.run(until: signals)
            mark.remove()
        } catch {
            await LedgerClaim.leave(composition, holder: holder)
            await redis?.stop()
            try? FileManager.default.removeItem(at: composition.settings.embeddedRedisFile)
            throw error
        }
        await LedgerClaim.leave(composition, holder: holder)
        await redis?.stop()
        try? FileManager.default.removeItem(at: composition.settings.embeddedRedisFile)
        say("stopped; everything is kept for the next start")
    }

    private func startRedis(_ composition: Composition, _ file: ScheduleFile) async throws -> EmbeddedRedis? {
        guard composition.settings["REDIS_URL"].isEmpty else {
            let client = try composition.redis()
            do { _ = try await client.send(["PING"]) } catch {
                await client.close()
                throw error
            }
            await client.close()
            say("redis      \(try composition.settings.redisAddress().location)")
            return nil
        }
        let fsync = file.queues.contains { $0.settings.durability == .fsync }
        let redis = try EmbeddedRedis(
            home: composition.settings.home, fsyncsEachWrite: fsync, logger: composition.logger)
        try await redis.start()
        try redis.url.write(to: composition.settings.embeddedRedisFile, atomically: true, encoding: .utf8)
        let folder = composition.settings["FLOTILLA_HOME"]
        let pace = fsync ? "before it answers" : "each second"
        say("redis      \(folder)/redis (the fleet's own, written to disk \(pace))")
        return redis
    }

    private func say(_ text: String) {
        if json { Terminal.complain(text) } else { print(text) }
    }

    /// The process that serves the dashboard's API; nil when it is off.
    private func apiPool(_ composition: Composition) throws -> (pool: FleetPlan.Pool?, address: ListenAddress?) {
        let named = if let listen { try ListenAddress(listen) } else { composition.settings.listen }
        guard let address = named else { return (nil, nil) }
        _ = try APICommand.serverOptions(composition, address, frontEnd: dashboard)
        var arguments = ["api", "--listen", "\(address)"]
        if let dashboard { arguments += ["--dashboard", dashboard] }
        return (try FleetRun.pool("api", processes: 1, arguments: arguments, composition), address)
    }

    private func greet(
        _ composition: Composition, _ file: ScheduleFile, _ api: ListenAddress?, isRebalanced: Bool
    ) throws {
        let pools = file.pools.map { "\($0.name) \($0.processes) x \($0.concurrency)" }.joined(separator: ", ")
        say("database   \(composition.settings.databaseURL)")
        say("schedule   \(composition.settings.schedulesPath), \(file.schedules.count) entries")
        say("pools      \(pools)")
        say("exchange   paper (no real money moves)")
        if let api { say("api        http://\(api)/api/v1") }
        if !isRebalanced { say("rebalance  \(RebalanceReport.confirmation)") }
        for sentence in composition.settings.switches.off.compactMap(SwitchedOff.effect) {
            say("           \(sentence)")
        }
        say("flotilla is up. Look: flotilla status --watch    Stop: Ctrl-C")
        guard json else { return }
        Terminal.printDocument(
            UpDocument(
                redis: try composition.settings.redisAddress().location, database: composition.settings.databaseURL,
                schedule: composition.settings.schedulesPath, entries: file.schedules.count,
                pools: file.pools.map {
                    UpDocument.Pool(name: $0.name, processes: $0.processes, concurrency: $0.concurrency)
                }, exchange: "paper", api: api.map { "http://\($0)/api/v1" }, isRebalanceConfirmed: isRebalanced))
    }
}

extension Composition {
    /// The environment of child processes: this one's, with the settings that flags have changed.
    func childEnvironment() -> [String: String] {
        var environment = settings.environment
        for setting in settings.all where setting.source == "flag" {
            environment[setting.name] = setting.value
            environment[setting.name + "_FILE"] = nil
        }
        if settings["REDIS_URL"].isEmpty {
            environment["REDIS_URL"] = try? String(contentsOf: settings.embeddedRedisFile, encoding: .utf8)
        }
        return environment
    }
}

/// Holds the state folder for one fleet; a second one in the same folder is refused.
final class HomeLock: Sendable {
    private let descriptor: Int32

    /// - Parameter name: of the lock's file.
    /// - Throws: `CommandFailure` when another fleet runs here, or the folder cannot be written.
    init(_ home: URL, _ name: String = "up.lock") throws {
        try? FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let path = home.appendingPathComponent(name).path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .failed,
                "\(path) cannot be written: \(String(cString: strerror(errno))). "
                    + "Set FLOTILLA_HOME to a folder of yours."
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandFailure(
                .failed,
                "A fleet runs in \(home.path) already. Look at it with 'flotilla status', or set FLOTILLA_HOME.")
        }
    }

    deinit { close(descriptor) }
}
