public import JobQueue

/// How jobs of one queue are run.
public struct QueueRules: Sendable, Equatable {
    /// The queue that the rules are for.
    public var name: QueueName
    /// Tokens that each of its jobs takes before it is claimed: all or none.
    public var limits: [LimitUse]
    /// The circuit that must let a job through before it is claimed; nil for none.
    public var circuit: String?
    /// How long one attempt may take.
    public var timeout: Duration
    /// The retry policy where neither the kind's rules here nor its code state one.
    public var retry: RetryPolicy
    /// Kinds with rules of their own.
    public var kinds: [JobKind: KindRules]

    /// The defaults are those of a queue that the schedule file does not name.
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

    /// The policy for the kind in this queue comes first, then that of its code, then that of the queue.
    func retry(of kind: JobKind, inCode: RetryPolicy?) -> RetryPolicy { kinds[kind]?.retry ?? inCode ?? retry }

    /// The job's own timeout comes first, then its kind's, then the queue's.
    func timeout(of job: LeasedJob) -> Duration {
        let options = job.options
        if !options.isEmpty, let own = JobOptions(text: options).timeoutMilliseconds { return .milliseconds(own) }
        return kinds[job.kind]?.timeout ?? timeout
    }
}

/// How jobs of one kind run in a queue where they differ from the other kinds.
public struct KindRules: Sendable, Equatable {
    /// Overrides the retry policy of the kind's code; nil keeps that.
    public var retry: RetryPolicy?
    /// Overrides the queue's timeout; a job's own timeout overrides both. Nil keeps the queue's.
    public var timeout: Duration?

    /// The defaults change nothing.
    public init(retry: RetryPolicy? = nil, timeout: Duration? = nil) {
        self.retry = retry
        self.timeout = timeout
    }
}

/// The maintenance rules of a queue.
public struct MaintenanceRules: Sendable, Equatable {
    /// Crashes after which a job is dead.
    public var maxCrashes: Int
    /// How long finished jobs are kept.
    public var retention: Duration
    /// Dead letters older than this are exported and removed; nil keeps them until an operator decides.
    public var deadAge: Duration?
    /// Dead letters beyond the newest so many are exported and removed; nil keeps all.
    public var deadCount: Int?

    /// The defaults: 3 crashes, and dead letters stay.
    public init(maxCrashes: Int = 3, retention: Duration, deadAge: Duration? = nil, deadCount: Int? = nil) {
        self.maxCrashes = maxCrashes
        self.retention = retention
        self.deadAge = deadAge
        self.deadCount = deadCount
    }
}

/// The queues, slots and times of one worker process.
public struct WorkerPlan: Sendable {
    /// The pool's name, for reports and display.
    public var pool: String
    /// The queues it serves.
    public var queues: [QueueRules]
    /// Whether it also serves all other existing queues, by the default rules.
    public var servesEveryQueue = false
    /// Jobs that it runs at a time.
    public var slots: Int
    /// From which queue a free slot takes its next job.
    public var order: ServingOrder
    /// A queue that was not asked for so long while others were served is asked first once, whatever the order.
    public var ageing: Duration
    /// Slots that only the queue of that name may use; together fewer than the slots.
    public var reserved: [QueueName: Int]
    /// How long its claims hold without a heartbeat; a heartbeat is sent four times as often.
    public var lease: Duration
    /// How long a worker may be missing before its lost lease counts as a crash.
    public var patience = QueueMaintenance.patience
    /// How long running jobs may go on after SIGTERM.
    public var grace: Duration
    /// How long a handler may go on after cancellation; then its process ends, as the last resort.
    public var killAfter: Duration
    /// How long finished jobs are kept where a queue states no time of its own.
    public var retention: Duration
    /// Maintenance rules of all queues, also of those that other workers serve: the holder of the maintenance lease
    /// maintains all queues.
    public var maintenance: [QueueName: MaintenanceRules] = [:]
    /// Settings that switch off some of its work, for the fleet view.
    public var switchedOff: [String] = []
    /// Called with each heartbeat: why the worker places no orders at present, in sentences.
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

    func maintenance(of queue: QueueName) -> MaintenanceRules {
        maintenance[queue] ?? MaintenanceRules(retention: retention)
    }
}
