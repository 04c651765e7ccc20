public import JobQueue

/// Keeping jobs of a kind from running for a while.
extension FleetOperator {
    /// Parks jobs of a kind in these queues from the next fetch on; each queue has its entry in the operator log.
    /// - Parameter match: arguments that the jobs have, each with its value as text; empty for all jobs of the kind.
    public func addFuse(
        kind: JobKind, match: [String: String], for duration: Duration, why: String, to queues: [QueueName]
    ) async throws(JobQueueError) -> Fuse {
        let pairs = match.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return try await FuseStore(broker: acting("fuse.add", on: "\(kind)\(pairs)", why: why))
            .add(kind: kind, match: match, for: duration, reason: why, by: who, to: queues)
    }

    /// Takes a fuse out of these queues; its jobs are released step by step.
    /// - Returns: the queues that had it.
    public func removeFuse(_ id: String, from queues: [QueueName]) async throws(JobQueueError) -> [QueueName] {
        try await FuseStore(broker: acting("fuse.remove", on: id)).remove(id, from: queues)
    }
}
