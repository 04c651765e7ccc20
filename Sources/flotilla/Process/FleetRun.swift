import Fleet
import Foundation
import JobQueue
import Logging
import Redis
import ScheduleConfiguration
import Synchronization
import UnixSignals

/// Supervises processes of this program until a signal: the first one drains, a second ends at once. Follows the active
/// version of the schedule: it starts missing processes and drains those that are no longer planned.
struct FleetRun {
    let composition: Composition
    /// The schedule at the start.
    let file: ScheduleFile
    /// The version of `file`; nil when it was never activated.
    let version: ScheduleStamp?
    /// The pools that a schedule asks for, told how many processes of each run here.
    let pools: @Sendable (ScheduleFile, (WorkerPool) -> Int) throws -> [FleetPlan.Pool]
    /// The pools that start at once; the others follow when a version is active and this host's share is known.
    var first: [FleetPlan.Pool] = []
    /// Who this supervisor is among the hosts; nil where the command line says what runs here.
    var host: HostIdentity?
    /// Whether standard output holds a document, so that messages go to standard error.
    var keepsOutputFree = false

    /// A pool of processes that each run one command of this program.
    static func pool(
        _ name: String, processes: Int, arguments: [String], _ composition: Composition
    ) throws -> FleetPlan.Pool {
        FleetPlan.Pool(
            name: name, processes: processes,
            command: ProcessCommand(
                try ThisProgram.path(), arguments: arguments, environment: composition.childEnvironment()))
    }

    /// A pool of workers for each pool of a schedule that has any process here.
    static func workers(
        _ composition: Composition, _ file: ScheduleFile, _ count: (WorkerPool) -> Int
    ) throws -> [FleetPlan.Pool] {
        try file.pools.filter { count($0) > 0 }.map { entry in
            try pool(entry.name, processes: count(entry), arguments: ["worker", "--pool", entry.name], composition)
        }
    }

    /// Returns when no process is left.
    func run(until signals: UnixSignalsSequence) async throws {
        let client = try composition.redis(patience: .seconds(10))
        let broker = Broker(redis: client)
        let schedule = LiveSchedule(file, version: version, broker: broker, logger: composition.logger)
        let membership = host.map { HostMembership($0, broker: broker, logger: composition.logger) }
        let rescuer = CrashReport(broker: broker, schedule: schedule, logger: composition.logger)
        let unsettled = Unsettled()
        let supervisor = try FleetSupervisor(
            plan: try FleetPlan(pools: host == nil ? try pools(file) { $0.processes } : first),
            grace: Self.grace(of: file),
            clock: ContinuousClock(), random: SystemRandomNumberGenerator(), logger: composition.logger,
            onExit: {
                unsettled.note($0)
                await rescuer.handle($0)
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            group.addTask {
                if !first.isEmpty { await settle(broker) }
                schedule.lookSoon()
                await withDiscardingTaskGroup { group in
                    if let membership { group.addTask { await keepUp(membership, schedule, supervisor, broker) } }
                    await schedule.run { await follow($0, supervisor, membership) }
                    group.cancelAll()
                }
            }
            group.addTask {
                var count = 0
                for await signal in signals {
                    guard signal != .sighup else {
                        await supervisor.signal(SIGHUP)
                        schedule.lookSoon()
                        continue
                    }
                    count += 1
                    let grace = Self.grace(of: schedule.file)
                    unsettled.stopping()
                    if count == 1 { Task { await membership?.leave() } }
                    if count == 1 {
                        say("draining: jobs that run may finish within \(grace); press Ctrl-C again to stop at once")
                    }
                    let patience = count == 1 ? grace : .zero
                    Task { await supervisor.stop(grace: patience) }
                    if count == 1 { Task { await reportDrain(supervisor) } }
                }
            }
            try await group.next()
            group.cancelAll()
        }
        await client.close()
        if let sentence = unsettled.sentence { throw CommandFailure(.failed, sentence) }
    }

    /// Prints every few seconds the processes that a drain still waits for; until none is left.
    private func reportDrain(_ supervisor: FleetSupervisor) async {
        var pause = Duration.seconds(2)
        while (try? await ContinuousClock().sleep(for: pause)) != nil {
            let left = await supervisor.snapshot().filter { $0.processID != nil }.map(\.name)
            guard !left.isEmpty else { return }
            say("draining: waiting for \(left.joined(separator: ", "))")
            pause = .seconds(5)
        }
    }

    private func say(_ text: String) {
        if keepsOutputFree { Terminal.complain(text) } else { print(text) }
    }

    /// The grace of the processes of a schedule.
    static func grace(of file: ScheduleFile) -> Duration {
        (file.pools.map(\.grace).max() ?? .seconds(30)) + .seconds(5)
    }

    /// Runs what a schedule asks for; what a host does not know its share of stays as it is.
    /// - Parameter isScaled: the numbers have changed, and not the schedule: what is too many goes at once.
    func follow(
        _ file: ScheduleFile, _ supervisor: FleetSupervisor, _ membership: HostMembership?, isScaled: Bool = false
    ) async {
        let counts = await membership?.counts(file)
        if membership != nil, counts == nil { return }
        do {
            let orders = Set(try composition.orderQueues(file).map(\.description))
            let last = file.pools.filter { pool in pool.queueNames.contains { $0 == "*" || orders.contains($0) } }
            let plan = try FleetPlan(
                pools: try pools(file) { pool in
                    guard let counts else { return pool.processes }
                    return counts[pool.name] ?? 0
                })
            await supervisor.update(
                plan, grace: Self.grace(of: file), last: Set(last.map(\.name)), surplusAtOnce: isScaled)
        } catch {
            composition.logger.error("the processes stay as they are: \(error)")
        }
    }

    /// Waits until a scheduler has activated an edit of the file, so that no worker starts with the previous version.
    /// If that does not happen within about three seconds, the active version is used.
    private func settle(_ broker: Broker) async {
        let text = try? composition.loadedSchedule().text
        var led = 0
        for _ in 0..<60 {
            if let active = try? await broker.schedules.schedule(), active.text == text { return }
            if let leader = try? await QueueInspector(broker: broker).leader(), leader.epoch > 0 {
                led += 1
                // An edit that waits for an operator is not activated.
                let all = try? await QueueInspector(broker: broker).schedulers()
                if all?.first(where: { $0.holder == leader.holder })?.file?.state == .review { return }
            }
            // The leader has checked its file four times by then.
            if led > 20 { return }
            guard (try? await ContinuousClock().sleep(for: .milliseconds(50))) != nil else { return }
        }
    }
}

/// Guards the list of processes that did not exit cleanly when the fleet stopped.
private final class Unsettled: Sendable {
    private let state = Mutex<(isStopping: Bool, names: [String])>((false, []))

    func stopping() { state.withLock { $0.isStopping = true } }

    func note(_ exit: WorkerExit) {
        // A process that SIGTERM ended had not installed its signal handler yet, and held no jobs.
        guard !exit.exit.reason.isClean, exit.exit.reason != .signalled(SIGTERM) else { return }
        state.withLock { if $0.isStopping { $0.names.append("\(exit.name) \(exit.exit.reason)") } }
    }

    /// Nil when all exited cleanly.
    var sentence: String? {
        let names = state.withLock { $0.names.sorted() }
        guard !names.isEmpty else { return nil }
        return "Not everything was settled when the fleet stopped: \(names.joined(separator: ", ")). "
            + "What they held runs again when workers are back."
    }
}
