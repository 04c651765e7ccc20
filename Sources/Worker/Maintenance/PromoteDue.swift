import JobQueue

extension MaintenanceDuty {
    /// Makes scheduled and retrying jobs ready whose time has come.
    static let promoteDue = MaintenanceDuty(every: 1) { round throws(JobQueueError) in
        guard try await round.broker.hasAnyScheduled(in: round.queues) else { return }
        var queues = round.queues
        // Batches until none is due, up to a number that leaves the other duties their turn.
        for _ in 0..<16 where !queues.isEmpty {
            let moved = try await round.broker.promoteDue(in: queues)
            queues = zip(queues, moved).filter { $1 >= 256 }.map(\.0)
        }
    }
}
