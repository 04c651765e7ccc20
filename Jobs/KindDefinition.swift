public import JobQueue
public import Worker

/// One kind of job: its name, its queue, what plans and forecasts have to know of it, and how its handler is made. It
/// stands beside its handler, and `JobCatalog` lists it; nothing else names it.
///
/// Retry, deadline and token bucket belong to the queue and stand in `schedules.yaml`.
public struct KindDefinition: Sendable {
    public let kind: JobKind
    /// The queue of its jobs, unless an entry of the schedule or an operator says another.
    public let queue: QueueName
    /// Whether its jobs place orders: their queues are left alone while Redis is not safe, and are never backfilled.
    public let placesOrders: Bool
    /// Whether the newest missed tick of its entries runs, unless an entry says otherwise. Orders and quotes are worth
    /// nothing afterwards.
    public let catchesUp: Bool
    /// The argument that holds the one entity that a job is for, where an entry lists the entities itself.
    public let entityArgument: String?
    /// What its arguments may be; the handler's own rules.
    public let arguments: ArgumentRules
    private let readLoad: @Sendable (LoadArguments, _ products: Int) -> KindLoad
    private let add: @Sendable (inout JobRegistry, JobKind, JobDependencies) -> Void

    public var name: String { kind.description }

    /// - Parameters:
    ///   - queue: the kind's name by default.
    ///   - load: what one job asks of the exchange, by its arguments and the number of products that bots trade.
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

    /// What one job asks of the fleet.
    /// - Parameters:
    ///   - json: its arguments; what is no object counts as none.
    ///   - products: how many products the bots trade.
    public func load(_ json: String, products: Int) -> KindLoad { readLoad(LoadArguments(json), products) }

    /// Has a worker run the kind.
    public func register(into registry: inout JobRegistry, _ dependencies: JobDependencies) {
        add(&registry, kind, dependencies)
    }
}
