public import JobQueue

/// How jobs of one queue are run.
public struct QueueRules: Sendable, Equatable {
    /// The queue that the rules are for.
    public var name: QueueName
    /// What each of its jobs takes of token buckets before it is claimed: all of it or nothing.
    public var limits: [LimitUse]
    /// The circuit that must let a job through before it is claimed; nil for none.
    public var circuit: String?
    /// How long one attempt may take.
    public var timeout: Duration
    /// For failed attempts, where neither the kind's rules here nor its code say otherwise.
    public var retry: RetryPolicy
    /// Kinds that are treated otherwise.
    public var kinds: [JobKind: KindRules]

    /// The defaults are those of a queue that the schedule file says nothing of.
    public init(
        name: QueueName, limits: [LimitUse] = [], circuit: String? = nil, timeout: Duration = .seconds(60),
        retry: RetryPolicy = RetryPolicy(), kinds: [JobKind: KindRules] = [:]
    ) {
        self.name = name
        self.limits = limits
        self.circuit = circuit
        self.timeout = timeout
        self.retry = retry
        self.kinds = kinds
    }

    /// What is stated for the kind in this queue comes first, then what its code says, then what the queue says.
    func retry(of kind: JobKind, inCode: RetryPolicy?) -> RetryPolicy { kinds[kind]?.retry ?? inCode ?? retry }

    /// The job's own time comes first, then its kind's, then the queue's.
    func timeout(of job: LeasedJob) -> Duration {
        let options = job.options
        if !options.isEmpty, let own = JobOptions(text: options).timeoutMilliseconds { return .milliseconds(own) }
        return kinds[job.kind]?.timeout ?? timeout
    }
}

/// How jobs of one kind are run in a queue, where it is not as the others.
public struct KindRules: Sendable, Equatable {
    /// Goes before the retry policy of the kind's code; nil leaves it.
    public var retry: RetryPolicy?
    /// Goes before the queue's time; a job's own time goes before both. Nil leaves the queue's.
    public var timeout: Duration?

    /// The defaults change nothing.
    public init(retry: RetryPolicy? = nil, timeout: Duration? = nil) {
        self.retry = retry
        self.timeout = timeout
    }
}

/// What is done for a queue beside running its jobs.
public struct QueueMaintenance: Sendable, Equatable {
    /// Workers that may die with a job before it is given up.
    public var maxCrashes: Int
    /// How long finished jobs are remembered.
    public var retention: Duration
    /// Dead letters older than this are exported and removed; nil keeps them until a person decides.
    public var deadAge: Duration?
    /// The same for those beyond the newest so many.
    public var deadCount: Int?

    /// The defaults: 3 crashes, and dead letters stay.
    public init(maxCrashes: Int = 3, retention: Duration, deadAge: Duration? = nil, deadCount: Int? = nil) {
        self.maxCrashes = maxCrashes
        self.retention = retention
        self.deadAge = deadAge
        self.deadCount = deadCount
    }
}

/// What one worker process does.
public struct WorkerPlan: Sendable {
    /// The pool's name, for reports and people.
    public var pool: String
    /// The queues it serves.
    public var queues: [QueueRules]
    /// Whether it serves all others that there are as well, by the rules of a queue that says nothing.
    public var servesEveryQueue = false
    /// Jobs that it runs at a time.
    public var slots: Int
    /// From which queue a free slot takes its next job.
    public var order: ServingOrder
    /// A queue that is passed over for so long while others are served is asked first once, whatever the order.
    public var ageing: Duration
    /// Slots that only the queue of that name may use; together fewer than the slots.
    public var reserved: [QueueName: Int]
    /// How long its claims hold without a heartbeat; a heartbeat is sent four times as often.
    public var lease: Duration
    /// How long a worker may be missing before what it has lost counts as a crash.
    public var patience = Broker.patience
    /// How long running jobs may go on after SIGTERM.
    public var grace: Duration
    /// How long a handler may go on after it was told to stop; then its process is ended, as the last resort.
    public var killAfter: Duration
    /// How long finished jobs are remembered, where a queue does not say otherwise.
    public var retention: Duration
    /// What queues say for their maintenance, those included that other workers serve: one worker keeps up all of them.
    public var maintenance: [QueueName: QueueMaintenance] = [:]
    /// Settings that keep it from some of its work, for those who look at it.
    public var switchedOff: [String] = []
    /// Asked with each heartbeat: why it places no orders at present, in sentences.
    public var heldBecause: @Sendable () -> [String] = { [] }

    /// The defaults: a lease of 8 s, 30 s of grace, 30 s until a handler's process is ended, finished jobs kept for a
    /// day.
    public init(
        pool: String, queues: [QueueRules], slots: Int, lease: Duration = .seconds(8), grace: Duration = .seconds(30),
        killAfter: Duration = .seconds(30), retention: Duration = .seconds(86_400), order: ServingOrder = .turns,
        ageing: Duration = .seconds(30), reserved: [QueueName: Int] = [:]
    ) {
        self.pool = pool
        self.queues = queues
        self.slots = slots
        self.order = order
        self.ageing = ageing
        self.reserved = reserved
        self.lease = lease
        self.grace = grace
        self.killAfter = killAfter
        self.retention = retention
    }

    func maintenance(of queue: QueueName) -> QueueMaintenance {
        maintenance[queue] ?? QueueMaintenance(retention: retention)
    }
}
