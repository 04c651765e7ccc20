public import JobQueue

/// Whether a queue is paused now: `queues pause`.
public struct QueuePauseDocument: Encodable, Sendable {
    let queue: String
    let paused: Bool
    @OrNull var reason: String?
    let until: DocumentTime

    /// Takes the pause that the numbers of the queue tell.
    public init(_ counts: QueueCounts) {
        queue = counts.name
        paused = counts.pausedBecause != nil
        reason = counts.pausedBecause
        until = DocumentTime(counts.pausedUntilMilliseconds)
    }
}

/// That a queue goes on: `queues resume`.
public struct QueueResumeDocument: Encodable, Sendable {
    let queue: String
    let paused = false
    let changed: Bool

    /// - Parameter changed: whether it was paused before.
    public init(_ queue: QueueName, changed: Bool) {
        self.queue = queue.description
        self.changed = changed
    }

    enum CodingKeys: String, CodingKey { case queue, paused, changed }
}
