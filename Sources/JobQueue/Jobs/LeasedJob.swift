/// A job that a worker has claimed. Scripts settle it only for a caller that gives its fence.
///
/// A copy costs one reference, because many functions pass it on.
public struct LeasedJob: Sendable, Equatable {
    private final class Parts: Sendable {
        let id: JobID
        let queue: QueueName
        let worker: WorkerID
        let fence: Int64
        let startedMilliseconds: Int64
        let envelope: JobEnvelope
        let isIsolated: Bool

        init(
            id: JobID, queue: QueueName, worker: WorkerID, fence: Int64, startedMilliseconds: Int64,
            envelope: JobEnvelope, isIsolated: Bool
        ) {
            self.id = id
            self.queue = queue
            self.worker = worker
            self.fence = fence
            self.startedMilliseconds = startedMilliseconds
            self.envelope = envelope
            self.isIsolated = isIsolated
        }
    }

    private let parts: Parts

    init(
        id: JobID, queue: QueueName, worker: WorkerID, fence: Int64, startedMilliseconds: Int64, envelope: JobEnvelope,
        isIsolated: Bool = false
    ) {
        parts = Parts(
            id: id, queue: queue, worker: worker, fence: fence, startedMilliseconds: startedMilliseconds,
            envelope: envelope, isIsolated: isIsolated)
    }

    /// The same claim of a job of another kind; its record changes when it is settled.
    func with(kind: JobKind) -> LeasedJob {
        var envelope = envelope
        envelope.kind = kind
        return LeasedJob(
            id: id, queue: queue, worker: worker, fence: fence, startedMilliseconds: startedMilliseconds,
            envelope: envelope, isIsolated: isIsolated)
    }

    /// Unique within `queue` while the job has a record.
    public var id: JobID { parts.id }
    /// The queue that it was fetched from, and that it is settled in.
    public var queue: QueueName { parts.queue }
    /// The worker that holds the claim.
    public var worker: WorkerID { parts.worker }
    /// Grows with every claim in the queue. The ledger compares it too, and refuses writes of a worker that lost the
    /// job.
    public var fence: Int64 { parts.fence }
    /// When this attempt was claimed, unix milliseconds by the clock of Redis.
    public var startedMilliseconds: Int64 { parts.startedMilliseconds }
    /// The record as it was when the job was claimed; attempts of this claim are not in it.
    public var envelope: JobEnvelope { parts.envelope }
    // Parts that every attempt needs, without a copy of the whole record.
    /// Which handler runs it; the record's, without a copy of the whole.
    public var kind: JobKind { parts.envelope.kind }
    /// The arguments as stored, one JSON value.
    public var payload: [UInt8] { parts.envelope.payload }
    /// As text; see `JobOptions`.
    public var options: String { parts.envelope.options }
    /// Whether its next crash would be its last; a worker runs such a job alone, so that a crash of the worker counts
    /// against the right job.
    public var isIsolated: Bool { parts.isIsolated }
    /// Whether an attempt of it has begun before: one that failed, crashed, or lost its lease.
    public var hasBegunBefore: Bool {
        attempt > 1 || parts.envelope.strikes + parts.envelope.losses > 0
    }
    /// The number of this attempt, from 1.
    public var attempt: Int { parts.envelope.attempts + 1 }

    /// Compares identity first, then every part but `isIsolated`.
    public static func == (left: LeasedJob, right: LeasedJob) -> Bool {
        left.parts === right.parts
            || left.id == right.id && left.queue == right.queue && left.worker == right.worker
                && left.fence == right.fence && left.startedMilliseconds == right.startedMilliseconds
                && left.envelope == right.envelope
    }
}

/// The answer of a fetch.
public enum FetchAnswer: Sendable {
    case jobs([LeasedJob])
    /// The queue is paused.
    case paused
    /// The worker has no lease on the queue; it must stop its attempts and join again.
    case leaseLost
}
