import ArgumentParser
import Fleet
import Foundation
import JobQueue
import Redis
import Scheduler
import UnixSignals

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "The whole fleet on this machine: Redis unless REDIS_URL is set, a scheduler, the pools. Ctrl-C ends it."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let composition = try Composition(common)
        let file = try composition.schedule()
        let lock = try HomeLock(composition.settings.home)
        defer { withExtendedLifetime(lock) {} }
        try await composition.prepareLedger()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let redis = try await startRedis(composition)
        do {
            try await runFleet(composition, file, signals)
        } catch {
            await redis?.stop()
            try? FileManager.default.removeItem(at: composition.settings.embeddedRedisFile)
            throw error
        }
        await redis?.stop()
        try? FileManager.default.removeItem(at: composition.settings.embeddedRedisFile)
        print("stopped; everything is kept for the next start")
    }

    private func startRedis(_ composition: Composition) async throws -> EmbeddedRedis? {
        guard composition.settings["REDIS_URL"].isEmpty else {
            let client = try composition.redis()
            do { _ = try await client.send(["PING"]) } catch {
                await client.close()
                throw error
            }
            await client.close()
            print("redis      \(try composition.settings.redisAddress().location)")
            return nil
        }
        let redis = try EmbeddedRedis(home: composition.settings.home, logger: composition.logger)
        try await redis.start()
        try redis.url.write(to: composition.settings.embeddedRedisFile, atomically: true, encoding: .utf8)
        print("redis      \(redis.socket) (the fleet's own, written to disk each second)")
        return redis
    }

    private func runFleet(_ composition: Composition, _ file: ScheduleFile, _ signals: UnixSignalsSequence) async throws
    {
        let plan = try fleetPlan(composition, file)
        let client = try composition.redis(patience: .seconds(10))
        let rescuer = DeathReport(broker: Broker(redis: client), file: file, logger: composition.logger)
        let grace = Duration.milliseconds((file.pools.map(\.graceMilliseconds).max() ?? 30_000) + 5_000)
        let supervisor = try FleetSupervisor(
            plan: plan, grace: grace, clock: ContinuousClock(), random: SystemRandomNumberGenerator(),
            logger: composition.logger, onExit: { await rescuer.handle($0) })
        greet(composition, file)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            group.addTask {
                var count = 0
                for await _ in signals {
                    count += 1
                    if count == 1 {
                        print("draining: jobs that run may finish within \(grace); press Ctrl-C again to stop at once")
                        Task { await supervisor.stop(grace: grace) }
                    } else {
                        Task { await supervisor.stop(grace: .zero) }
                    }
                }
            }
            try await group.next()
            group.cancelAll()
        }
        await client.close()
    }

    private func fleetPlan(_ composition: Composition, _ file: ScheduleFile) throws -> FleetPlan {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let environment = try composition.childEnvironment()
        var pools = [
            FleetPlan.Pool(
                name: "scheduler", processes: 1,
                command: ProcessCommand(program, arguments: ["scheduler"], environment: environment))
        ]
        for pool in file.pools where pool.processes > 0 {
            pools.append(
                FleetPlan.Pool(
                    name: pool.name, processes: pool.processes,
                    command: ProcessCommand(
                        program, arguments: ["worker", "--pool", pool.name], environment: environment)))
        }
        return try FleetPlan(pools: pools)
    }

    private func greet(_ composition: Composition, _ file: ScheduleFile) {
        let pools = file.pools.map { "\($0.name) \($0.processes) x \($0.concurrency)" }.joined(separator: ", ")
        print("database   \(composition.settings.databaseURL)")
        print("schedule   \(composition.settings.schedulesPath), \(file.schedules.count) entries")
        print("pools      \(pools)")
        print("exchange   paper (no real money moves)")
        print("flotilla is up. Look: flotilla status --watch    Stop: Ctrl-C")
        fflush(nil)
    }
}

extension Composition {
    /// The environment of child processes: this one's, with the settings that flags have changed.
    func childEnvironment() throws -> [String: String] {
        var environment = settings.environment
        for setting in settings.all where setting.source == "flag" { environment[setting.name] = setting.value }
        if settings["REDIS_URL"].isEmpty {
            environment["REDIS_URL"] = try String(contentsOf: settings.embeddedRedisFile, encoding: .utf8)
        }
        return environment
    }
}

/// Holds the state folder for one fleet; a second one in the same folder is refused.
final class HomeLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `CommandFailure` when another fleet runs here, or the folder cannot be written.
    init(_ home: URL) throws {
        try? FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let path = home.appendingPathComponent("up.lock").path
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
