/// What a job that has enqueued children does when they are over: it waits for them, in state `waiting`.
public struct BatchPlan: Sendable, Equatable {
    /// What becomes of the waiting job when a child does not succeed.
    public enum OnFailure: String, Sendable {
        /// The waiting job becomes a dead letter when a child died, was cancelled or expired.
        case fail
        /// It completes all the same; the result tells which failed.
        case goOn = "go-on"
    }

    /// Enqueued when the children are over and the waiting job completes; its arguments are its own, the results are
    /// found in the parent's result. Nil to complete only.
    public var followUp: NewJob? {
        get { follow.first }
        set { follow = newValue.map { [$0] } ?? [] }
    }
    /// Stored with the batch; counts once all children are over.
    public var onFailure: OnFailure
    /// None or one: as an array it takes a word where there is none, and what carries plans is copied often.
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
