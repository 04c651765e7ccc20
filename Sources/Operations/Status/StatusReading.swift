public import Documents
public import JobQueue
import Scheduler

/// The fleet at one moment: what `status` shows, and what keeps the fleet from being well.
public struct StatusReading: Sendable {
    /// By name.
    public let queues: [QueueReading]
    /// The circuits of the schedule.
    public let circuits: [CircuitState]
    /// The limits of the schedule.
    public let limits: [BucketLevel]
    /// The workers, and whether they go by the active version.
    public let fleet: FleetVersions
    /// The scheduler that leads; nil when none does.
    public let leader: (holder: String, epoch: Int)?
    /// Those with a heartbeat within the last minute.
    public let schedulers: [SchedulerHeartbeat]
    /// The number of the active version; 0 when no schedule was ever activated.
    public let version: Int
    /// The age of the oldest tick that is due and not handled; 0 when there is none.
    public let lagMilliseconds: Int64
    /// Files that differ from the active version, and entries ahead of the clock.
    public let schedule: ScheduleHealth
    /// The reasons why no orders are placed.
    public let orders: OrderHealth
    /// Whether operators have halted orders, or an unclean stop holds them.
    public let gate: OrderGate
    /// The databases that the processes write to.
    public let ledgers: LedgerAgreement
    /// The settings that keep workers from some of their work.
    public let switchedOff: [SwitchedOff]
    /// Whether an operator has agreed to rebalances; nil when there is no ledger here to ask.
    public let isRebalanced: Bool?
    /// The server that holds the queues.
    public let redis: RedisReading
    /// Unix milliseconds, by Redis' clock.
    public let now: Int64

    /// Reads everything; changes nothing.
    /// - Throws: `JobQueueError` and `RedisError` when Redis cannot be read.
    public init(_ sources: StatusSources) async throws {
        let (view, broker) = (sources.view, sources.view.broker)
        let inspector = QueueInspector(broker: broker)
        now = try await broker.clock.synchronise()
        leader = try await inspector.leader()
        schedulers = try await inspector.schedulers()
        version = try await broker.schedules.scheduleNumber()
        redis = try await RedisReading(broker)
        let file = await view.schedule()
        fleet = try await FleetVersions(file, broker)
        let holds = try await FleetHolds(file, view)
        queues = try await holds.readings(inspector)
        (circuits, limits, gate) = (holds.circuits, holds.levels, holds.gate)
        orders = OrderHealth(fleet.workers, seenHere: await sources.ordersHeldHere())
        schedule = try await ScheduleHealth(try? view.activeSchedule(), broker, options: sources.options)
        ledgers = try await LedgerAgreement(broker)
        switchedOff = SwitchedOff.among(fleet.workers)
        lagMilliseconds = try await SchedulerLag(broker: broker).milliseconds(file, now: now)
        isRebalanced = await sources.isRebalanced()
    }

    /// What keeps the fleet from being well; nil when nothing does.
    public var trouble: String? { troubles.first }

    /// Everything that does, a sentence each with its remedy, the worst first.
    private var troubles: [String] {
        var troubles: [String] = []
        if leader == nil { troubles.append("No scheduler leads. Start one with 'flotilla scheduler'.") }
        if fleet.workers.isEmpty { troubles.append("No worker lives. Start one with 'flotilla worker'.") }
        troubles += versionTroubles
        troubles += [ledgers.trouble, schedule.trouble, orders.trouble].compactMap(\.self)
        troubles += queues.troubles + queues.compactMap(\.canaryTrouble)
        let dead = queues.reduce(0) { $0 + $1.counts.dead }
        if dead > 0 {
            troubles.append("\(dead) \(dead == 1 ? "job is" : "jobs are") dead. Look at 'flotilla failed list'.")
        }
        return troubles
    }

    /// Workers that lag behind, pools that lack workers, and hosts that cannot run a pool, each with its remedy.
    public var versionTroubles: [String] {
        let lag = fleet.lag.map { "\($0). \(FleetVersions.lagRemedy)" }
        let shortage = fleet.shortage.map {
            "\($0.prefix(1).uppercased())\($0.dropFirst()). \(FleetVersions.shortageRemedy)"
        }
        let dying = fleet.state.hosts.flatMap { host in
            (host.failing ?? []).map { pool in
                "The processes of pool '\(pool)' keep dying on host \(host.name), and other hosts run its share. The "
                    + "log of its supervisor says why."
            }
        }
        return [lag, shortage].compactMap(\.self) + dying
    }

    /// As `status --json` prints it.
    public var document: StatusDocument {
        StatusDocument(
            redis: redis.document,
            scheduler: SchedulerDocument(
                leader: leader, lagMs: lagMilliseconds, scheduleVersion: version, files: schedule.fileDocuments,
                aheadOfClock: schedule.aheadDocuments, schedulers: schedulers, now: now),
            queues: queues.map(\.document),
            pools: fleet.pools.map { pool in
                PoolDocument(
                    name: pool.name, desired: pool.processes, running: fleet.running(in: pool),
                    hosts: fleet.state.hostDocuments(of: pool.name))
            },
            workers: fleet.workers.map { WorkerDocument($0, now: now) }, isRebalanced: isRebalanced,
            switchedOff: switchedOff.map(\.document), ordersHeld: orders.documents, gate: OrderGateDocument(gate),
            limits: limits.map { LimitDocument($0) }, circuits: circuits.map { CircuitDocument($0) },
            troubles: troubles, databases: ledgers.documents)
    }
}
