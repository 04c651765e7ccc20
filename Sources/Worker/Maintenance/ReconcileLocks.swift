import JobQueue
import Logging

extension MaintenanceDuty {
    /// Delivers completions of children and admits jobs to free slots, where the worker that should have died.
    static let reconcileLocks = MaintenanceDuty(every: 5, at: 4) { round throws(JobQueueError) in
        for queue in try await round.broker.toReconcile(round.queues) {
            do throws(JobQueueError) {
                try await round.broker.reconcileLocks(in: queue)
            } catch {
                guard case .unreadableRecord(let id, let why) = error else { throw error }
                // The maintenance of the others must not wait for a person.
                round.logger.error(
                    "job '\(id)' is kept waiting for its children: \(why) Cancel it, and enqueue it again.")
            }
        }
    }
}
