/// The output of a successful attempt, written in the same step as its acknowledgement. A handler makes it, and it is
/// passed on as one value up to `ClaimStore.acknowledge`.
public struct JobOutput: Sendable {
    /// One JSON value, or empty.
    public var result: String
    /// Jobs to enqueue in the same step, in any queues; together at most `ClaimStore.childLimit` for one
    /// acknowledgement. One without an id gets an id derived from this job's, so that a second run adds nothing.
    public var children: [NewJob]
    /// When set, the job waits for its children instead of finishing. Has no effect without children.
    public var batch: BatchPlan?

    /// The defaults: no result, no children, and the job is over.
    public init(result: String = "", children: [NewJob] = [], batch: BatchPlan? = nil) {
        self.result = result
        self.children = children
        self.batch = batch
    }
}
