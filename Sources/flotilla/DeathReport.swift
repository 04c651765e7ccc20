import Fleet
import JobQueue
import Logging
import Scheduler

/// Gives back at once what a worker process held when it died, instead of waiting for its leases to end.
struct DeathReport: Sendable {
    let broker: Broker
    /// Says how many crashes a job may see.
    let schedule: LiveSchedule
    let logger: Logger

    /// - Parameter exit: of a process that this supervisor had started on this host.
    func handle(_ exit: WorkerExit) async {
        let host = ProcessLife.host
        do {
            let inspector = QueueInspector(broker: broker)
            for worker in try await WorkerRegistry(broker: broker).live()
            where worker.host == host && worker.pid == Int(exit.processID) {
                var rescued = 0
                for queue in try await inspector.queues() {
                    try await broker.leave(queue, as: worker.id)
                    let crashes = schedule.file.queues.first { $0.name == queue.description }?.maxCrashes ?? 3
                    let report = try await broker.rescueExpired(
                        in: queue, maxCrashes: crashes,
                        reason: "\(exit.exit.reason), \(exit.exit.maxRSSBytes >> 20) MiB at the most")
                    rescued += report.rescued + report.dead
                }
                try await WorkerRegistry(broker: broker).remove(worker.id, from: worker.pool)
                if rescued > 0 { logger.error("worker \(worker.id) died with \(rescued) jobs; they are ready again") }
            }
        } catch {
            logger.error("the jobs of \(exit.name) wait for their leases to end: \(error)")
        }
    }
}
