import JobQueue
import Logging

extension MaintenanceDuty {
    /// Delivers child completions and admits parked jobs to free concurrency slots where the worker in charge has died.
    static let reconcileLocks = MaintenanceDuty(every: 5, at: 4) { round throws(JobQueueError) in
        for queue in try await round.broker.maintenance.toReconcile(round.queues) {
            do throws(JobQueueError) {
                try await round.broker.maintenance.reconcileLocks(in: queue)
            } catch {
                guard case .unreadableRecord(let id, let why) = error else { throw error }
                // Maintenance of the other queues must not wait until an operator repairs this job.
                round.logger.error(
                    "job '\(id)' is kept waiting for its children: \(why) Cancel it, and enqueue it again.")
            }
        }
    }
}
