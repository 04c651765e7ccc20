/// The fleet at one moment: `status`.
public struct StatusDocument: Encodable, Sendable {
    let redis: RedisDocument
    let scheduler: SchedulerDocument
    let queues: [QueueDocument]
    let pools: [PoolDocument]
    let workers: [WorkerDocument]
    let rebalance: Rebalance
    let switchedOff: [SwitchedOffDocument]
    let ordersHeld: [OrdersHeldDocument]
    let gate: OrderGateDocument
    let limits: [LimitDocument]
    let circuits: [CircuitDocument]
    let troubles: [String]
    let databases: [DatabaseDocument]
    /// Redis' memory by use; left out unless it was asked for.
    public var memory: [MemoryUseDocument]?

    /// - Parameters:
    ///   - isRebalanced: whether an operator has agreed to rebalances; nil when there is no ledger to ask.
    ///   - ordersHeld: the reasons why no orders are placed; empty when they are.
    ///   - gate: the halts by operators, and the hold after an unclean stop.
    ///   - troubles: what keeps the fleet from being well, a sentence each, the worst first.
    public init(
        redis: RedisDocument, scheduler: SchedulerDocument, queues: [QueueDocument], pools: [PoolDocument],
        workers: [WorkerDocument], isRebalanced: Bool?, switchedOff: [SwitchedOffDocument],
        ordersHeld: [OrdersHeldDocument], gate: OrderGateDocument, limits: [LimitDocument], circuits: [CircuitDocument],
        troubles: [String],
        databases: [DatabaseDocument]
    ) {
        self.redis = redis
        self.scheduler = scheduler
        self.queues = queues
        self.pools = pools
        self.workers = workers
        rebalance = Rebalance(confirmed: isRebalanced)
        self.switchedOff = switchedOff
        self.ordersHeld = ordersHeld
        self.gate = gate
        self.limits = limits
        self.circuits = circuits
        self.troubles = troubles
        self.databases = databases
    }

    enum CodingKeys: String, CodingKey {
        case redis, scheduler, queues, pools, workers, rebalance
        case switchedOff = "switched_off"
        case ordersHeld = "orders_held"
        case gate, limits, circuits, troubles, databases, memory
    }

    struct Rebalance: Encodable, Sendable { @OrNull var confirmed: Bool? }
}

/// The server that holds the queues.
public struct RedisDocument: Encodable, Sendable {
    let address: String
    @OrNull var version: String?
    @OrNull var usedMemoryBytes: Int?

    /// - Parameters:
    ///   - address: without its password.
    ///   - version: nil when our user may not ask, as `usedMemoryBytes`.
    public init(address: String, version: String?, usedMemoryBytes: Int?) {
        self.address = address
        self.version = version
        self.usedMemoryBytes = usedMemoryBytes
    }

    enum CodingKeys: String, CodingKey {
        case address, version
        case usedMemoryBytes = "used_memory_bytes"
    }
}

/// The worker processes of a pool.
public struct PoolDocument: Encodable, Sendable {
    let name: String
    let desired, running: Int
    /// The hosts that run the pool, with the processes that run there.
    let hosts: [HostProcessesDocument]

    /// - Parameter desired: processes that the whole fleet should have.
    public init(name: String, desired: Int, running: Int, hosts: [HostProcessesDocument]) {
        self.name = name
        self.desired = desired
        self.running = running
        self.hosts = hosts
    }
}

/// A setting that keeps live workers from some of their work.
public struct SwitchedOffDocument: Encodable, Sendable {
    let setting: String
    let workers: Int
    let reason: String

    /// - Parameters:
    ///   - workers: how many live workers were started with it.
    ///   - reason: its effect in a sentence.
    public init(setting: String, workers: Int, reason: String) {
        self.setting = setting
        self.workers = workers
        self.reason = reason
    }
}

/// A reason why the fleet places no orders.
public struct OrdersHeldDocument: Encodable, Sendable {
    let reason: String
    let workers: Int

    /// - Parameter workers: how many live workers report it; 0 for a reason that only this host finds.
    public init(reason: String, workers: Int) {
        self.reason = reason
        self.workers = workers
    }
}
