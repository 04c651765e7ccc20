import JobQueue
import Logging

extension MaintenanceDuty {
    /// Exports and removes dead jobs where the queue states a policy; without one they stay until an operator decides.
    static let trimDead = MaintenanceDuty(every: 600, at: 9, removes: true) { round throws(JobQueueError) in
        // It writes a file, which must not block the event loop.
        for queue in round.queues { try await trim(queue, round) }
    }

    @concurrent private static func trim(
        _ queue: QueueName, _ round: MaintenanceRound
    ) async throws(JobQueueError) {
        let rules = round.plan.maintenance(of: queue)
        guard let export = round.export, rules.deadAge != nil || rules.deadCount != nil else { return }
        do throws(JobQueueError) {
            let report = try await DeadLetterRetention(broker: round.broker, export: export)
                .trim(queue, age: rules.deadAge, count: rules.deadCount)
            guard report.discarded > 0 else { return }
            round.logger.notice("exported \(report.exported) dead jobs of '\(queue)' and removed \(report.discarded)")
        } catch {
            guard case .exportFailed(_, let why) = error else { throw error }
            // Maintenance of the other queues must not stop because of a disk.
            round.logger.error("dead jobs of '\(queue)' stay, because they could not be exported: \(why)")
        }
    }
}
