import JobQueue
import Logging

extension MaintenanceDuty {
    /// Decides whether workers that lost leases have crashed, and repairs leases, due times and reports that were
    /// written while the clock of Redis was ahead.
    static let resolveMissing = MaintenanceDuty(every: 25, at: 8) { round throws(JobQueueError) in
        let broker = round.broker
        let odd = try await broker.maintenance.withOddLeases(round.queues, lease: round.plan.lease)
        for queue in odd.late { try await broker.maintenance.clampLeases(in: queue, lease: round.plan.lease) }
        for queue in odd.far {
            let mended = try await broker.maintenance.mendDue(in: queue)
            guard mended > 0 else { continue }
            round.logger.warning("mended the times of \(mended) jobs of '\(queue)': Redis' clock was ahead")
        }
        for queue in odd.missing {
            let report = try await broker.maintenance.judgeMissing(
                in: queue, maxCrashes: round.plan.maintenance(of: queue).maxCrashes, patience: round.plan.patience)
            guard report.dead > 0 else { continue }
            round.logger.error("gave up \(report.dead) jobs of '\(queue)': the workers they ran on never came back")
        }
        try await WorkerRegistry(broker: broker).forgetLate()
    }
}
