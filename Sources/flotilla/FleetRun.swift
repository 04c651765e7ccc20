import Fleet
import Foundation
import JobQueue
import Redis
import Scheduler
import UnixSignals

/// Supervises processes of this program until it is told to stop: the first signal drains, a second ends at once.
struct FleetRun {
    let composition: Composition
    let file: ScheduleFile
    let pools: [FleetPlan.Pool]

    /// A pool of processes that each run one command of this program.
    static func pool(
        _ name: String, processes: Int, arguments: [String], _ composition: Composition
    ) throws -> FleetPlan.Pool {
        FleetPlan.Pool(
            name: name, processes: processes,
            command: ProcessCommand(
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), arguments: arguments,
                environment: composition.childEnvironment()))
    }

    /// Returns when no process is left.
    func run(until signals: UnixSignalsSequence) async throws {
        let client = try composition.redis(patience: .seconds(10))
        let rescuer = DeathReport(broker: Broker(redis: client), file: file, logger: composition.logger)
        let grace = Duration.milliseconds((file.pools.map(\.graceMilliseconds).max() ?? 30_000) + 5_000)
        let supervisor = try FleetSupervisor(
            plan: try FleetPlan(pools: pools), grace: grace, clock: ContinuousClock(),
            random: SystemRandomNumberGenerator(), logger: composition.logger, onExit: { await rescuer.handle($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            group.addTask {
                var count = 0
                for await signal in signals {
                    guard signal != .sighup else {
                        await supervisor.signal(SIGHUP)
                        continue
                    }
                    count += 1
                    if count == 1 {
                        print("draining: jobs that run may finish within \(grace); press Ctrl-C again to stop at once")
                    }
                    let patience = count == 1 ? grace : .zero
                    Task { await supervisor.stop(grace: patience) }
                }
            }
            try await group.next()
            group.cancelAll()
        }
        await client.close()
    }
}
