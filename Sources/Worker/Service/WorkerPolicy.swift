public import JobQueue

/// All that one version of the schedule says to a worker.
///
/// A worker changes from one to another whole: a job is admitted, run and settled by the policy under which it was
/// claimed, whatever comes meanwhile.
public final class WorkerPolicy: Sendable {
    /// The version of the schedule that it was made of; nil for a file that was never activated.
    public let version: ScheduleStamp?
    /// The pool's queues, slots and times by this version.
    public let plan: WorkerPlan
    /// The fleet's token buckets, with the rates of this version.
    public let limiter: RateLimiter
    /// The fleet's circuits by this version; nil holds nothing back.
    public let circuits: CircuitBreaker?
    /// What queues ask of their producers. Queues that are not named here are left as they are.
    public let settings: [QueueName: QueueSettings]
    /// Asked before each fetch; a queue for which it is false is left alone, and its jobs stay ready.
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

/// A queue as one policy has it served: one reference for all of its jobs.
final class ServedQueue: Sendable {
    let rules: QueueRules
    let policy: WorkerPolicy

    init(_ rules: QueueRules, under policy: WorkerPolicy) {
        self.rules = rules
        self.policy = policy
    }
}

/// A policy, and the queues that it means at present: those that it names, and where it serves every queue, all that
/// there are.
final class ServingPlan: Sendable {
    let policy: WorkerPolicy
    /// In the order of the policy; then the others by name.
    let names: [QueueName]
    private let queues: [QueueName: ServedQueue]

    /// - Parameter known: the queues that there are; they count where the policy serves every queue.
    init(_ policy: WorkerPolicy, known: Set<QueueName> = []) {
        self.policy = policy
        let named = policy.plan.queues
        var queues = Dictionary(
            named.map { ($0.name, ServedQueue($0, under: policy)) }, uniquingKeysWith: { first, _ in first })
        var names = named.map(\.name)
        if policy.plan.servesEveryQueue {
            let others = known.filter { queues[$0] == nil }.sorted()
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
