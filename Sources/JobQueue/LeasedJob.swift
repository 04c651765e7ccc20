/// A job in the hands of a worker. Only whoever shows its fence may settle it.
public struct LeasedJob: Sendable, Equatable {
    public let id: JobID
    public let queue: QueueName
    public let worker: WorkerID
    /// Grows with every claim in the queue. The ledger compares it too, so that a worker that lost the job writes
    /// nothing.
    public let fence: Int64
    public let startedMilliseconds: Int64
    public let envelope: JobEnvelope

    /// The number of this attempt, from 1.
    public var attempt: Int { envelope.attempts + 1 }
}

/// What a fetch gave.
public enum FetchAnswer: Sendable {
    case jobs([LeasedJob])
    /// The queue is paused.
    case paused
    /// The worker has no lease on the queue any more; it must stop what it runs and join anew.
    case leaseLost
}
