public import JobQueue

/// What a schedule file says of Celery: the key `celery` of the file, and that of each pool that takes Celery's place.
///
/// Plain values: this module does not know how Celery works.
public struct CeleryRules: Sendable, Equatable {
    /// Tasks that the file maps to kinds of jobs, by name; they come before those that the program knows.
    public var tasks: [CeleryTaskRule] = []
    /// Whether STARTED is stored when a task begins. Default false, as in Celery.
    public var tracksStarted = false
    /// How long a result is kept. Default one day; zero: for ever.
    public var resultExpires = Duration.seconds(86_400)
    /// Whether results hold the task's name, arguments, worker, retries and queue. Default false.
    public var extendsResults = false
    /// What the keys of results and groups begin with, before `celery-task-meta-`: `global_keyprefix` of
    /// `result_backend_transport_options`. Default empty.
    public var resultPrefix = ""
    /// After how long the unacknowledged messages of a Celery worker that is gone return to their list. It has to be
    /// that of the Celery workers. Default one hour.
    public var visibilityTimeout = Duration.seconds(3_600)
    /// What control requests may do where a pool does not say. Default `full`.
    public var control = CeleryControl.full
    /// What the keys and channels of the broker begin with where a pool does not say: `global_keyprefix`. Default
    /// empty.
    public var prefix = ""
    /// The pools that take the messages of Celery queues, by name.
    public var pools: [CeleryPoolRules] = []

    /// No pool, and what holds when the file says nothing.
    public init() {}

    /// What a pool takes from Celery; nil for a pool without Celery queues.
    public func pool(_ name: String) -> CeleryPoolRules? { pools.first { $0.pool == name } }

    /// The native queues of Celery's queues that a pool does not take. A worker of every queue leaves them to others:
    /// it could not run their jobs.
    /// - Parameter pool: nil for a worker of no pool.
    public func queuesLeft(by pool: String?) -> Set<QueueName> {
        let own = pool.flatMap { self.pool($0) }?.nativeQueues ?? []
        return Set(pools.flatMap(\.nativeQueues)).subtracting(own)
    }

    /// All without the pools: what the file's own key says.
    public var ofTheFile: CeleryRules {
        var rules = self
        rules.pools = []
        return rules
    }
}

/// The key `celery` of one pool.
public struct CeleryPoolRules: Sendable, Equatable {
    /// The name of the pool.
    public var pool: String
    /// Celery's queues, in the order of the file; at least one.
    public var queues: [String]
    /// What control requests to its nodes may do; the file's own unless the pool says.
    public var control: CeleryControl
    /// What the keys and channels of its broker begin with; the file's own unless the pool says.
    public var prefix: String

    /// Checks nothing.
    public init(pool: String, queues: [String], control: CeleryControl = .full, prefix: String = "") {
        self.pool = pool
        self.queues = queues
        self.control = control
        self.prefix = prefix
    }

    /// The native queue of each of `queues`, in the same order. They are among the queues of the pool.
    public var nativeQueues: [QueueName] { queues.compactMap { CeleryQueueName.native(of: $0) } }
}

/// What control requests, which have no authentication, may do.
public enum CeleryControl: String, Sendable, Equatable, CaseIterable {
    /// Everything.
    case full
    /// They are answered where they only read, and refused otherwise.
    case readOnly = "read-only"
}

/// A Celery task that a schedule file maps to a kind of job.
public struct CeleryTaskRule: Sendable, Equatable {
    /// As messages name it.
    public var name: String
    /// The kind of job that does its work.
    public var kind: String
    /// A JSON object: the arguments of every such job, keys sorted. Default `{}`.
    public var argsJSON: String
    /// The names of its positional arguments, in order. Arguments of a call, by place or by name, replace those of the
    /// same name in `argsJSON`.
    public var parameters: [String]

    /// Checks nothing.
    public init(name: String, kind: String, argsJSON: String = "{}", parameters: [String] = []) {
        self.name = name
        self.kind = kind
        self.argsJSON = argsJSON
        self.parameters = parameters
    }
}

extension CeleryRules {
    /// The native queue in which the messages of a Celery queue are jobs: `celery.` and the name, or what can stand in
    /// a queue name of it with a digest.
    public static func nativeQueue(of queue: String) -> QueueName? { CeleryQueueName.native(of: queue) }
}
