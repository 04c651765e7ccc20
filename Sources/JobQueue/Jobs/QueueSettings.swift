/// What a queue asks of its producers; kept in Redis, so that every producer is bound by it.
public struct QueueSettings: Sendable, Equatable {
    /// What becomes of a new job when `maxWaiting` ready jobs are there.
    public enum WhenFull: String, Sendable, CaseIterable {
        /// A batch that does not fit is refused whole.
        case reject
        /// The oldest jobs in line make room; they are counted and shown as expired.
        case dropOldest = "drop-oldest"
        /// A job with a unique key takes the place of the waiting one of the same key; any other is refused.
        case coalesce
    }

    /// When an enqueue counts as done.
    public enum Durability: String, Sendable, CaseIterable {
        /// As safe as Redis' own settings make it.
        case memory
        /// An enqueue is reported only when it is on disk.
        case fsync
    }

    /// Ready jobs above which producers are held; nil for no limit.
    public var maxWaiting: Int?
    /// Has an effect only with `maxWaiting`.
    public var whenFull: WhenFull
    /// Applies to enqueues, ticks and replaced dead jobs; children of a job are as safe as its end.
    public var durability: Durability
    /// How long after its time a job may start that says nothing of it; nil for ever.
    public var freshForMilliseconds: Int64?

    /// The defaults limit nothing. Nothing is stored until `Broker.configure`.
    public init(
        maxWaiting: Int? = nil, whenFull: WhenFull = .reject, durability: Durability = .memory,
        freshForMilliseconds: Int64? = nil
    ) {
        self.freshForMilliseconds = freshForMilliseconds
        self.maxWaiting = maxWaiting
        self.whenFull = whenFull
        self.durability = durability
    }
}
