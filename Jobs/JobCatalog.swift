public import JobQueue
public import Worker

/// The kinds of job, with the queue that each uses unless told otherwise. Retry, deadline and token bucket belong to
/// the queue and stand in `schedules.yaml`.
public enum JobCatalog {
    public struct Kind: Sendable {
        public let name: String
        public let queue: String
        /// Whether the newest missed tick of its entries runs, unless an entry says otherwise. Orders and quotes are
        /// worth nothing afterwards.
        public var catchesUp = true
        /// The argument that holds the one entity that a job is for, where an entry lists the entities itself.
        public var entityArgument: String?
    }

    public static let kinds = [
        Kind(name: "cache-refresh", queue: "cache-refresh", catchesUp: false, entityArgument: "product"),
        Kind(name: "evaluation", queue: "evaluation", entityArgument: "bot_id"),
        Kind(name: "execution", queue: "execution", catchesUp: false),
        Kind(name: "rebalance", queue: "rebalance"),
    ]

    /// Only with `FLOTILLA_TEST_JOBS=1` or `--with-test-jobs`.
    public static let testKinds = ["crash", "echo", "fail", "noop", "record", "sleep", "spawn"]
        .map { Kind(name: "flotilla.test.\($0)", queue: "test") }

    /// A new kind of job is one file in this folder and one line here.
    public static func register(into registry: inout JobRegistry, dependencies: JobDependencies) throws(JobQueueError) {
        registry.register(try JobKind("cache-refresh"), CacheRefreshJob(dependencies))
        registry.register(try JobKind("evaluation"), EvaluationJob(dependencies))
        registry.register(try JobKind("execution"), ExecutionJob(dependencies))
        registry.register(try JobKind("rebalance"), RebalanceJob(dependencies))
    }

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
