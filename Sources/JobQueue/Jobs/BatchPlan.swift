/// How a job waits for the children that it enqueued, in state `waiting`, and completes after them.
public struct BatchPlan: Sendable, Equatable {
    /// How the waiting job completes when a child does not succeed.
    public enum OnFailure: String, Sendable {
        /// The waiting job is dead when a child died, was cancelled or expired.
        case fail
        /// It completes all the same; the result lists the children that failed.
        case goOn = "go-on"
    }

    /// The callback job, enqueued when the children have finished and the waiting job completes; it has its own
    /// arguments, and the children's results are in the parent's result. Nil to complete only.
    public var followUp: NewJob? {
        get { follow.first }
        set { follow = newValue.map { [$0] } ?? [] }
    }
    /// Stored with the batch; applied once all children have finished.
    public var onFailure: OnFailure
    /// None or one: an empty array takes one word, and values that hold plans are copied often.
    private var follow: [NewJob]

    /// The defaults: the waiting job completes without a callback, and dies when a child did not succeed.
    public init(followUp: NewJob? = nil, onFailure: OnFailure = .fail) {
        follow = followUp.map { [$0] } ?? []
        self.onFailure = onFailure
    }
}

extension BatchPlan {
    /// Compares the rule, and of the callback its id, kind and arguments; queue and options are not compared.
    public static func == (left: BatchPlan, right: BatchPlan) -> Bool {
        left.onFailure == right.onFailure && left.followUp?.id == right.followUp?.id
            && left.followUp?.kind == right.followUp?.kind && left.followUp?.payload == right.followUp?.payload
    }
}
