import JobQueue
import Logging

/// Promotes due jobs, rescues those of dead workers, forgets old ones. One worker of the fleet does it at a time, for
/// every queue there is; when that worker dies another takes over within two seconds.
struct MaintenanceService: Sendable {
    let broker: Broker
    let keeper: LeaseKeeper
    let plan: WorkerPlan
    let clock: any Clock<Duration>
    let logger: Logger

    private static let duty = Duration.milliseconds(2_000)
    private static let step = Duration.milliseconds(100)

    /// Goes on until cancelled.
    func run() async {
        var round = 0
        var onDuty = false
        var queues: [QueueName] = []
        while !Task.isCancelled {
            do { try await clock.sleep(for: Self.step) } catch { return }
            round += 1
            do {
                if round % 5 == 1 {
                    onDuty = try await broker.takeMaintenance(as: keeper.worker, for: Self.duty)
                    if onDuty { queues = try await QueueInspector(broker: broker).queues() }
                }
                guard onDuty else { continue }
                for queue in queues { try await promote(queue) }
                if round % 5 == 2 { for queue in queues { try await rescue(queue) } }
                if round % 100 == 3 { for queue in queues { try await sweep(queue) } }
            } catch {
                onDuty = false
                logger.warning("maintenance was interrupted: \(error)")
            }
        }
    }

    /// Batches until none is due, up to a number that leaves the others their turn.
    private func promote(_ queue: QueueName) async throws(JobQueueError) {
        for _ in 0..<16 { if try await broker.promoteDue(in: queue) < 256 { return } }
    }

    private func rescue(_ queue: QueueName) async throws(JobQueueError) {
        let report = try await broker.rescueExpired(in: queue, maxCrashes: plan.rules(of: queue).maxCrashes)
        if report.rescued + report.dead > 0 {
            logger.error(
                "rescued \(report.rescued) jobs of '\(queue)', gave up \(report.dead)",
                metadata: ["workers": "\(report.workers.joined(separator: ","))"])
        }
    }

    private func sweep(_ queue: QueueName) async throws(JobQueueError) {
        for _ in 0..<16 { if try await broker.sweepFinished(in: queue, olderThan: plan.retention) < 256 { return } }
    }
}
