/// Settings of a queue that bind its producers; stored in Redis, so that they bind every producer.
public struct QueueSettings: Sendable, Equatable {
    /// How the queue treats a new job when `maxWaiting` jobs wait.
    public enum WhenFull: String, Sendable, CaseIterable {
        /// A batch that does not fit is refused as a whole.
        case reject
        /// The oldest ready jobs are dropped to make room; they are counted and shown as expired.
        case dropOldest = "drop-oldest"
        /// A job with a unique key passes its arguments to the waiting job of the same key; any other is refused.
        case coalesce
    }

    /// When an enqueue counts as done.
    public enum Durability: String, Sendable, CaseIterable {
        /// As safe as Redis' own settings make it.
        case memory
        /// An enqueue is reported only when it is on disk.
        case fsync
    }

    /// The most waiting jobs, ready and scheduled, before `whenFull` applies; nil for no limit.
    public var maxWaiting: Int?
    /// Has an effect only with `maxWaiting`.
    public var whenFull: WhenFull
    /// Applies to enqueues, ticks and replaced dead jobs; children of a job are as durable as its completion.
    public var durability: Durability
    /// How long after its time a job without its own expiry may start; nil for no limit.
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
