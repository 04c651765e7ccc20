public import JobQueue

/// What became of a job that was enqueued: `enqueue`.
public struct EnqueuedJobDocument: Encodable, Sendable {
    let id, queue: String
    /// False when a job of this id or unique key was there already.
    let isNew: Bool

    /// Takes all that a program can go on with.
    public init(_ job: EnqueuedJob) {
        id = job.id.description
        queue = job.queue.description
        isNew = job.isNew
    }

    enum CodingKeys: String, CodingKey {
        case id, queue
        case isNew = "new"
    }
}
