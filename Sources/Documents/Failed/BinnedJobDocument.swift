public import JobQueue

/// A job that was removed or moved by hand and can be brought back: `failed bin`.
public struct BinnedJobDocument: Encodable, Sendable {
    let operation, id, queue: String
    @OrNull var kind: String?
    let was: String
    let args: RawJSON

    /// Takes all of it.
    public init(_ job: BinnedJob) {
        operation = job.operation
        id = job.id.description
        queue = job.queue.description
        kind = job.envelope?.kind.description
        was = job.place
        args = RawJSON(String(decoding: job.envelope?.payload ?? [], as: UTF8.self))
    }
}
