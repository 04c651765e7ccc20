/// What a job that has enqueued children does when they are over: it waits for them, in state `waiting`.
public struct BatchPlan: Sendable, Equatable {
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
    public var onFailure: OnFailure
    /// None or one: as an array it takes a word where there is none, and what carries plans is copied often.
    private var follow: [NewJob]

    public init(followUp: NewJob? = nil, onFailure: OnFailure = .fail) {
        follow = followUp.map { [$0] } ?? []
        self.onFailure = onFailure
    }
}

extension BatchPlan {
    public static func == (left: BatchPlan, right: BatchPlan) -> Bool {
        left.onFailure == right.onFailure && left.followUp?.id == right.followUp?.id
            && left.followUp?.kind == right.followUp?.kind && left.followUp?.payload == right.followUp?.payload
    }
}
