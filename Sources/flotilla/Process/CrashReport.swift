import Fleet
import Foundation
import JobQueue
import Logging
import ScheduleConfiguration

/// Rescues the jobs of a dead worker process at once, instead of waiting until its leases expire.
struct CrashReport: Sendable {
    let broker: Broker
    /// Gives the number of crashes after which a job is dead.
    let schedule: LiveSchedule
    let logger: Logger

    /// - Parameter exit: of a process that this supervisor had started on this host.
    func handle(_ exit: WorkerExit) async {
        // A fleet that stops must not wait for a Redis that does not reply.
        let patience = exit.wasDraining ? Duration.seconds(2) : .seconds(15)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await giveBack(exit) }
            group.addTask { try? await ContinuousClock().sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    private func giveBack(_ exit: WorkerExit) async {
        let host = ServiceRunner.host
        do {
            let inspector = QueueInspector(broker: broker)
            for worker in try await WorkerRegistry(broker: broker).reported(withinMilliseconds: 60_000)
            where worker.host == host && worker.pid == Int(exit.processID) {
                var rescued = 0
                for queue in try await inspector.queues() {
                    let crashes = schedule.file.queues.first { $0.name == queue }?.maintenance.maxCrashes ?? 3
                    let report = try await rescue(worker.id, from: queue, crashes, exit)
                    rescued += report.rescued + report.dead
                }
                try await WorkerRegistry(broker: broker).remove(worker.id, from: worker.pool)
                if rescued > 0 { logger.error("worker \(worker.id) died with \(rescued) jobs; they are ready again") }
            }
        } catch {
            logger.error("the jobs of \(exit.name) wait for their leases to end: \(error)")
        }
    }

    /// A process that exited cleanly or with `ExitStatus.failed`, or that its supervisor ended in a drain, did not
    /// crash: its jobs are rescued without counting a crash.
    private func rescue(
        _ worker: WorkerID, from queue: QueueName, _ maxCrashes: Int, _ exit: WorkerExit
    ) async throws -> RescueReport {
        guard Self.isCrash(exit) else {
            try await broker.claims.leave(queue, as: worker)
            return try await broker.maintenance.rescueExpired(in: queue, maxCrashes: maxCrashes, isTrusted: false)
        }
        return try await broker.maintenance.rescueDead(
            worker, in: queue, maxCrashes: maxCrashes,
            reason: "\(exit.exit.reason), \(exit.exit.maxRSSBytes >> 20) MiB at the most")
    }

    static func isCrash(_ exit: WorkerExit) -> Bool {
        switch exit.exit.reason {
        case .exited(let status): !exit.exit.reason.isClean && status != ExitStatus.failed.rawValue
        case .signalled(let signal): !exit.wasDraining || signal != SIGKILL && signal != SIGTERM
        case .notStarted: false
        case .unknown: true
        }
    }
}
