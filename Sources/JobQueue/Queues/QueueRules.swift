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
    /// What it asks of its producers.
    public var settings: QueueSettings
    /// How long its jobs are kept, and after how many crashes one is dead.
    public var maintenance: MaintenanceRules

    /// The defaults are those of a queue that the schedule file does not name.
    public init(
        name: QueueName, limits: [LimitUse] = [], circuit: String? = nil, timeout: Duration = .seconds(60),
        retry: RetryPolicy = RetryPolicy(), kinds: [JobKind: KindRules] = [:],
        settings: QueueSettings = QueueSettings(), maintenance: MaintenanceRules = MaintenanceRules()
    ) {
        self.name = name
        self.limits = limits
        self.circuit = circuit
        self.timeout = timeout
        self.retry = retry
        self.kinds = kinds
        self.settings = settings
        self.maintenance = maintenance
    }

    /// The policy for the kind in this queue comes first, then that of its code, then that of the queue.
    public func retry(of kind: JobKind, inCode: RetryPolicy?) -> RetryPolicy { kinds[kind]?.retry ?? inCode ?? retry }

    /// The job's own timeout comes first, then its kind's, then the queue's.
    public func timeout(of job: LeasedJob) -> Duration {
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
