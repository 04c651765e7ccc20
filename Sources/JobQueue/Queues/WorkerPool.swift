/// Worker processes of one purpose: which queues they serve, how, and how many of them there are.
public struct WorkerPool: Sendable, Equatable {
    /// 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit; workers report it, and the supervisor counts by
    /// it.
    public var name: String
    /// In the order in which they were written; empty where every queue is served.
    public var queues: [QueueName]
    /// Whether its workers serve all queues there are.
    public var servesEveryQueue: Bool
    /// From which queue a free slot takes its next job.
    public var order: ServingOrder
    /// A job that has waited this long goes before those of better queues; without effect in turns.
    public var ageing: Duration
    /// Slots of each process that only the queue of that name may use; together fewer than `concurrency`.
    public var reserved: [QueueName: Int]
    /// 0 stands the pool down.
    public var processes: Int
    /// Slots in each process.
    public var concurrency: Int
    /// How long a worker that drains waits for its running jobs.
    public var grace: Duration
    /// A handler that has ignored its cancellation this long ends its process.
    public var killAfter: Duration
    /// By which the number of its processes follows the load; nil where it is fixed.
    public var autoscale: PoolAutoscale?
    /// After how much work its workers are replaced.
    public var recycling = WorkerRecycling()

    /// The defaults are those of the schedule file: one process with 8 slots, queues that take turns, 30 s of grace,
    /// and 30 s until a handler's process is ended. Checks nothing.
    public init(
        name: String, queues: [QueueName] = [], servesEveryQueue: Bool = false, order: ServingOrder = .turns,
        ageing: Duration = .seconds(30), reserved: [QueueName: Int] = [:], processes: Int = 1, concurrency: Int = 8,
        grace: Duration = .seconds(30), killAfter: Duration = .seconds(30)
    ) {
        self.name = name
        self.queues = queues
        self.servesEveryQueue = servesEveryQueue
        self.order = order
        self.ageing = ageing
        self.reserved = reserved
        self.processes = processes
        self.concurrency = concurrency
        self.grace = grace
        self.killAfter = killAfter
    }

    /// How many processes the whole fleet may have of it.
    public var bounds: ClosedRange<Int> { autoscale?.bounds ?? 0...Self.mostProcesses }

    /// A larger number of processes is a typing error.
    public static let mostProcesses = 512

    /// Its queues as a person writes them: `*` alone for every queue.
    public var queueNames: [String] { servesEveryQueue ? ["*"] : queues.map(\.description) }

    /// Whether its workers take jobs of a queue.
    public func serves(_ queue: String) -> Bool { servesEveryQueue || queues.contains { $0.description == queue } }
}
