import JobQueue
import Logging

extension MaintenanceDuty {
    /// Rescues the jobs of workers whose leases have expired.
    static let rescueExpired = MaintenanceDuty(every: 5, at: 2) { round throws(JobQueueError) in
        for queue in try await round.broker.maintenance.withExpiredLeases(round.queues, isTrusted: round.isTrusted) {
            let report = try await round.broker.maintenance.rescueExpired(
                in: queue, maxCrashes: round.plan.maintenance(of: queue).maxCrashes, isTrusted: round.isTrusted,
                patience: round.plan.patience)
            guard report.rescued + report.dead > 0 else { continue }
            round.logger.error(
                "rescued \(report.rescued) jobs of '\(queue)', gave up \(report.dead)",
                metadata: ["workers": "\(report.workers.joined(separator: ","))"])
        }
    }
}
