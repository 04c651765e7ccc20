public import JobQueue
import Trading
public import Worker

/// The kinds of job, with the queue that each uses unless told otherwise. Retry, deadline and token bucket belong to
/// the queue and stand in `schedules.yaml`.
public enum JobCatalog {
    /// What the schedule file and the command line must know of a kind.
    public struct Kind: Sendable {
        /// 1 to 64 of `a-z 0-9 . _ -`; stored in each job of the kind.
        public let name: String
        /// Where its jobs go when neither an entry nor a command names a queue.
        public let queue: String
        /// Whether the newest missed tick of its entries runs, unless an entry says otherwise. Orders and quotes are
        /// worth nothing afterwards.
        public var catchesUp = true
        /// The argument that holds the one entity that a job is for, where an entry lists the entities itself.
        public var entityArgument: String?
        /// What its arguments may be; the handler's own rules.
        public var arguments: ArgumentRules
    }

    /// The kinds that ship, by name; `register` gives their handlers.
    public static let kinds = [
        Kind(CacheRefreshJob.self, "cache-refresh", catchesUp: false, entityArgument: "product"),
        Kind(EvaluationJob.self, "evaluation", entityArgument: "bot_id"),
        Kind(ExecutionJob.self, "execution", catchesUp: false),
        Kind(RebalanceJob.self, "rebalance"),
    ]

    /// Only with `FLOTILLA_TEST_JOBS=1` or `--with-test-jobs`.
    public static let testKinds = [
        Kind(CrashTestJob.self, "flotilla.test.crash", queue: "test"),
        Kind(EchoTestJob.self, "flotilla.test.echo", queue: "test"),
        Kind(FailTestJob.self, "flotilla.test.fail", queue: "test"),
        Kind(NoopTestJob.self, "flotilla.test.noop", queue: "test"),
        Kind(RecordTestJob.self, "flotilla.test.record", queue: "test"),
        Kind(SleepTestJob.self, "flotilla.test.sleep", queue: "test"),
        Kind(SpawnTestJob.self, "flotilla.test.spawn", queue: "test"),
    ]

    /// A new kind of job is one file in this folder and one line here.
    public static func register(into registry: inout JobRegistry, dependencies: JobDependencies) throws(JobQueueError) {
        let refresh = GuardedJob(CacheRefreshJob(dependencies), dependencies, usesLedger: false)
        registry.register(try JobKind("cache-refresh"), refresh)
        registry.register(try JobKind("evaluation"), GuardedJob(EvaluationJob(dependencies), dependencies))
        registry.register(try JobKind("execution"), GuardedJob(ExecutionJob(dependencies), dependencies))
        registry.register(try JobKind("rebalance"), GuardedJob(RebalanceJob(dependencies), dependencies))
    }

    /// Registers handlers for `testKinds`. They may end their worker on purpose: never in a fleet that trades.
    public static func registerTestKinds(into registry: inout JobRegistry, broker: Broker) throws(JobQueueError) {
        registry.register(try JobKind("flotilla.test.noop"), NoopTestJob())
        registry.register(try JobKind("flotilla.test.echo"), EchoTestJob())
        registry.register(try JobKind("flotilla.test.sleep"), SleepTestJob())
        registry.register(try JobKind("flotilla.test.fail"), FailTestJob())
        registry.register(try JobKind("flotilla.test.crash"), CrashTestJob())
        registry.register(try JobKind("flotilla.test.record"), RecordTestJob(broker: broker))
        registry.register(try JobKind("flotilla.test.spawn"), SpawnTestJob())
    }
}

extension JobCatalog.Kind {
    /// - Parameter queue: the kind's name by default.
    init<Handler: Job>(
        _ handler: Handler.Type, _ name: String, queue: String? = nil, catchesUp: Bool = true,
        entityArgument: String? = nil
    ) {
        self.init(
            name: name, queue: queue ?? name, catchesUp: catchesUp, entityArgument: entityArgument,
            arguments: handler.arguments ?? .anything)
    }
}

extension ArgumentRule {
    /// The number of a bot.
    static func bot(_ name: String, required: Bool = false) -> ArgumentRule {
        .integer(name, 1 ... .max, required: required, example: 7)
    }

    /// A product of the exchange.
    static func product(_ name: String) -> ArgumentRule {
        .text(name, allowed: "Use a product, such as \"BTC-USD\".") { ProductID(rawValue: $0) != nil }
    }
}
