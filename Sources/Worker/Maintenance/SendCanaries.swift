import JobQueue

extension MaintenanceDuty {
    /// Sends a canary into each queue that asks for them and where the time has come: checked once a second.
    static let sendCanaries = MaintenanceDuty(every: 10, at: 5) { round throws(JobQueueError) in
        for queue in round.queues {
            guard let interval = round.plan.maintenance(of: queue).canary else { continue }
            _ = try await round.broker.maintenance.sendCanary(to: queue, every: interval)
        }
    }
}
