import JobQueue

extension MaintenanceDuty {
    /// Removes finished jobs that are older than the retention of their queue.
    static let sweepFinished = MaintenanceDuty(every: 100, at: 3, removes: true) { round throws(JobQueueError) in
        for queue in round.queues {
            let retention = round.plan.maintenance(of: queue).retention
            for _ in 0..<16 {
                if try await round.broker.maintenance.sweepFinished(in: queue, olderThan: retention) < 256 { break }
            }
        }
    }
}
