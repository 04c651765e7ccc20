public import JobQueue
public import Worker

/// One kind of job: its name, its queue, its load for plans and forecasts, and the factory of its handler. It stands
/// beside its handler, and only `JobCatalog` names it.
///
/// Retry, deadline and token bucket belong to the queue and stand in `schedules.yaml`.
public struct KindDefinition: Sendable {
    public let kind: JobKind
    /// The queue of its jobs, unless an entry of the schedule or an operator names another.
    public let queue: QueueName
    /// Whether its jobs place orders: workers fetch none of them while Redis is not safe, and they are never
    /// backfilled.
    public let placesOrders: Bool
    /// Whether its entries catch up their newest missed tick, unless an entry states otherwise. Late orders and quotes
    /// are worthless.
    public let catchesUp: Bool
    /// The argument that holds the one entity that a job is for, where an entry lists the entities itself.
    public let entityArgument: String?
    /// The rules for its arguments; those of the handler.
    public let arguments: ArgumentRules
    private let readLoad: @Sendable (LoadArguments, _ products: Int) -> KindLoad
    private let add: @Sendable (inout JobRegistry, JobKind, JobDependencies) -> Void

    public var name: String { kind.description }

    /// - Parameters:
    ///   - queue: the kind's name by default.
    ///   - load: the load of one job, by its arguments and the number of products that bots trade.
    ///   - make: its handler, for one worker process.
    public init<Handler: Job>(
        _ name: String, queue: String? = nil, placesOrders: Bool = false, catchesUp: Bool = true,
        entityArgument: String? = nil,
        load: @escaping @Sendable (LoadArguments, _ products: Int) -> KindLoad = { _, _ in KindLoad() },
        make: @escaping @Sendable (JobDependencies) -> Handler
    ) {
        guard let kind = try? JobKind(name), let queue = try? QueueName(queue ?? name) else {
            preconditionFailure("'\(name)' cannot be the name of a kind or a queue")
        }
        (self.kind, self.queue) = (kind, queue)
        self.placesOrders = placesOrders
        self.catchesUp = catchesUp
        self.entityArgument = entityArgument
        arguments = Handler.arguments ?? .anything
        readLoad = load
        add = { registry, kind, dependencies in registry.register(kind, make(dependencies)) }
    }

    /// The load of one job.
    /// - Parameters:
    ///   - json: its arguments; a value other than an object counts as none.
    ///   - products: how many products the bots trade.
    public func load(_ json: String, products: Int) -> KindLoad { readLoad(LoadArguments(json), products) }

    /// Registers the handler of the kind with a worker.
    public func register(into registry: inout JobRegistry, _ dependencies: JobDependencies) {
        add(&registry, kind, dependencies)
    }
}
