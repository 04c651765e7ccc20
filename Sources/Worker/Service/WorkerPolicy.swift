public import JobQueue

/// All settings of one version of the schedule for a worker.
///
/// A worker replaces its policy as a whole: a job is admitted, run and settled under the policy with which it was
/// claimed, even if the active policy changes meanwhile.
public final class WorkerPolicy: Sendable {
    /// The version of the schedule that it is made from; nil for a file that was never activated.
    public let version: ScheduleStamp?
    /// The pool's queues, slots and times by this version.
    public let plan: WorkerPlan
    /// The fleet's token buckets, with the rates of this version.
    public let limiter: RateLimiter
    /// The fleet's circuits by this version; nil admits every job.
    public let circuits: CircuitBreaker?
    /// Settings that producers of a queue obey. The settings of queues that are not named here do not change.
    public let settings: [QueueName: QueueSettings]
    /// Called before each fetch; from a queue for which it is false no job is fetched, and its jobs stay ready.
    public let mayFetch: @Sendable (QueueName) -> Bool

    /// - Parameter version: nil for a file that was never activated.
    public init(
        version: ScheduleStamp? = nil, plan: WorkerPlan, limiter: RateLimiter, circuits: CircuitBreaker? = nil,
        settings: [QueueName: QueueSettings] = [:], mayFetch: @escaping @Sendable (QueueName) -> Bool = { _ in true }
    ) {
        self.version = version
        self.plan = plan
        self.limiter = limiter
        self.circuits = circuits
        self.settings = settings
        self.mayFetch = mayFetch
    }
}

/// A queue with its rules under one policy: one reference for all of its jobs.
final class ServedQueue: Sendable {
    let rules: QueueRules
    let policy: WorkerPolicy
    /// Where its jobs come from, when that is another program.
    let intake: JobIntake?

    init(_ rules: QueueRules, under policy: WorkerPolicy) {
        self.rules = rules
        self.policy = policy
        intake = policy.plan.intakes[rules.name]
    }
}

/// A policy with the queues that it serves at present: those that it names, and all existing ones where it serves every
/// queue.
final class ServingPlan: Sendable {
    let policy: WorkerPolicy
    /// The named queues in the order of the policy; then the others by name.
    let names: [QueueName]
    private let queues: [QueueName: ServedQueue]

    /// - Parameter known: the existing queues; used only where the policy serves every queue.
    init(_ policy: WorkerPolicy, known: Set<QueueName> = []) {
        self.policy = policy
        let named = policy.plan.queues
        var queues = Dictionary(
            named.map { ($0.name, ServedQueue($0, under: policy)) }, uniquingKeysWith: { first, _ in first })
        var names = named.map(\.name)
        if policy.plan.servesEveryQueue {
            let others = known.filter { queues[$0] == nil && !policy.plan.queuesLeft.contains($0) }.sorted()
            for name in others { queues[name] = ServedQueue(QueueRules(name: name), under: policy) }
            names += others
        }
        self.names = names
        self.queues = queues
    }

    var plan: WorkerPlan { policy.plan }

    func serves(_ queue: QueueName) -> Bool { queues[queue] != nil }

    subscript(_ queue: QueueName) -> ServedQueue {
        queues[queue] ?? ServedQueue(QueueRules(name: queue), under: policy)
    }
}
