/// A group of worker processes.
public struct PoolEntry: Sendable, Equatable {
    /// From which queue a free slot takes its next job.
    public enum Order: String, Sendable, CaseIterable {
        /// Each queue in its turn.
        case turns
        /// The first in the list that has a job.
        case strict
        /// In proportion to the weights.
        case weighted
    }

    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; workers report it, and the supervisor counts by
    /// it.
    public var name: String
    /// Queue names, or `*` alone for every queue, in the order in which they were written.
    public var queues: [String]
    /// Default `turns`.
    public var order = Order.turns
    /// Only with the order `weighted`: 1 to 1000 by queue. A queue that is not named has 1.
    public var weights: [String: Int] = [:]
    /// A job that has waited this long goes before those of better queues. Default 30 s; without effect in turns.
    public var ageingMilliseconds: Int64 = 30_000
    /// Slots of each process that only the queue of that name may use; together fewer than `concurrency`.
    public var reserved: [String: Int] = [:]
    /// Default 1; 0 stands the pool down.
    public var processes = 1
    /// Slots in each process. Default 8.
    public var concurrency = 8
    /// How long a worker that drains waits for its running jobs. Default 30 s.
    public var graceMilliseconds: Int64 = 30_000
    /// A handler that has ignored its cancellation this long ends its process. Default 30 s.
    public var killAfterMilliseconds: Int64 = 30_000
    /// Where the pool stands in its file, from 1.
    public var line: Int
}
