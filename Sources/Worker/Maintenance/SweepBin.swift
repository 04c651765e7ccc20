import JobQueue

extension MaintenanceDuty {
    /// Removes what operators have changed a day ago from the bins: it cannot be undone any more.
    static let sweepBin = MaintenanceDuty(every: 600, at: 33, removes: true) { round throws(JobQueueError) in
        let bin = OperatorBin(broker: round.broker)
        for queue in round.queues { try await bin.sweep(queue) }
    }
}
