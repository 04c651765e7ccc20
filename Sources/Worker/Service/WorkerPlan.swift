public import JobQueue

/// The queues, slots and times of one worker process.
public struct WorkerPlan: Sendable {
    /// The pool's name, for reports and display.
    public var pool: String
    /// The queues it serves.
    public var queues: [QueueRules]
    /// Whether it also serves all other existing queues, by the default rules.
    public var servesEveryQueue = false
    /// Queues that it leaves to others all the same.
    public var queuesLeft: Set<QueueName> = []
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
    /// After how much work the worker ends, to be replaced.
    public var recycling = WorkerRecycling()
    /// Queues of it whose jobs come from another program.
    public var intakes: [QueueName: JobIntake] = [:]
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
