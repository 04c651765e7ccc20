import JobQueue

extension MaintenanceDuty {
    /// Promotes scheduled and retrying jobs that are due.
    static let promoteDue = MaintenanceDuty(every: 1) { round throws(JobQueueError) in
        guard try await round.broker.maintenance.hasAnyScheduled(in: round.queues) else { return }
        var queues = round.queues
        // Promotes batches until none is due, at most 16, so that the other duties get their turn.
        for _ in 0..<16 where !queues.isEmpty {
            let moved = try await round.broker.maintenance.promoteDue(in: queues)
            queues = zip(queues, moved).filter { $1 >= 256 }.map(\.0)
        }
    }
}
