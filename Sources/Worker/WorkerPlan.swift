public import JobQueue

/// How jobs of one queue are run.
public struct QueueRules: Sendable, Equatable {
    public var name: QueueName
    /// The token bucket that each of its jobs takes one token of before it starts; nil for none.
    public var limit: String?
    /// How long one attempt may take.
    public var timeout: Duration
    public var retry: RetryPolicy
    /// Workers that may die with a job before it is given up.
    public var maxCrashes: Int

    public init(
        name: QueueName, limit: String? = nil, timeout: Duration = .seconds(60), retry: RetryPolicy = RetryPolicy(),
        maxCrashes: Int = 3
    ) {
        self.name = name
        self.limit = limit
        self.timeout = timeout
        self.retry = retry
        self.maxCrashes = maxCrashes
    }
}

/// What one worker process does.
public struct WorkerPlan: Sendable {
    public var pool: String
    /// The queues it serves.
    public var queues: [QueueRules]
    /// Jobs that it runs at a time.
    public var slots: Int
    /// How long its claims hold without a heartbeat; a heartbeat is sent four times as often.
    public var lease: Duration
    /// How long running jobs may go on after SIGTERM.
    public var grace: Duration
    /// How long a handler may go on after it was told to stop; then its process is ended, as the last resort.
    public var killAfter: Duration
    /// How long finished jobs are remembered.
    public var retention: Duration

    public init(
        pool: String, queues: [QueueRules], slots: Int, lease: Duration = .seconds(8), grace: Duration = .seconds(30),
        killAfter: Duration = .seconds(30), retention: Duration = .seconds(86_400)
    ) {
        self.pool = pool
        self.queues = queues
        self.slots = slots
        self.lease = lease
        self.grace = grace
        self.killAfter = killAfter
        self.retention = retention
    }

    func rules(of queue: QueueName) -> QueueRules { queues.first { $0.name == queue } ?? QueueRules(name: queue) }
}
