import JobQueue

extension MaintenanceDuty {
    /// Releases the jobs of fuses that have ended or were removed, step by step.
    static let releaseFused = MaintenanceDuty(every: 10, at: 6) { round throws(JobQueueError) in
        for queue in try await round.broker.maintenance.withFuses(round.queues) {
            try await round.broker.maintenance.releaseFused(in: queue)
        }
    }
}
