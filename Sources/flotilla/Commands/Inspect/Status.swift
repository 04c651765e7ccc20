import ArgumentParser
import ScheduleConfiguration
import Documents
import JobQueue
import Jobs
import Redis
import Scheduler

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Queues, workers, limits and the schedule on one screen.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document on stdout.") var json = false
    @Flag(help: "Draw it again every two seconds.") var watch = false
    @Flag(
        help: """
            Exit with 8 unless a scheduler leads, files agree with it, all workers live and obey it, no job is dead, \
            and none waits for over a minute for a worker that serves its queue and knows its kind.
            """
    )
    var check = false

    func run() async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            repeat {
                let reading = try await StatusReading(composition, broker)
                if watch, Terminal.isInteractive, !json { print("\u{1B}[2J\u{1B}[H", terminator: "") }
                if json { Terminal.printDocument(reading.document) } else { reading.printTables() }
                if watch { try await Following.sleep(for: .seconds(2)) }
                if check, let trouble = reading.trouble { throw CommandFailure(.unhealthy, trouble) }
            } while watch
        }
    }
}

/// Everything `status` shows, read at one moment.
struct StatusReading {
    private let queues: [QueueReading]
    private let circuits: [CircuitState]
    private let fleet: FleetVersions
    private var workers: [WorkerReport] { fleet.workers }
    private let levels: [BucketLevel]
    private let leader: (holder: String, epoch: Int)?
    private let schedulers: [SchedulerHeartbeat]
    private let version: Int
    private let redisLocation: String
    private let redisVersion: String?
    private let redisMemory: Int?
    private let lagMilliseconds: Int64
    private let schedule: ScheduleHealth
    private let orders: OrderHealth
    private let ledgers: LedgerAgreement
    private let now: Int64
    /// Whether an operator has agreed to rebalances; nil when there is no ledger here to ask.
    private let isRebalanced: Bool?

    init(_ composition: Composition, _ broker: Broker) async throws {
        let inspector = QueueInspector(broker: broker)
        now = try await broker.clock.synchronise()
        leader = try await inspector.leader()
        schedulers = try await inspector.schedulers()
        version = try await broker.schedules.scheduleNumber()
        (redisVersion, redisMemory) = try await Self.server(broker.redis)
        redisLocation = broker.redis.address.location
        // A version of a newer program cannot be read here; the file of this host may say as much.
        let file = (try? await composition.activeSchedule(broker)) ?? (try? composition.schedule())
        fleet = try await FleetVersions(file, broker)
        let holds = try await FleetHolds(composition, file, broker)
        queues = try await holds.readings(inspector)
        circuits = holds.circuits
        orders = await OrderHealth(composition, fleet.workers)
        levels = try await file.map { composition.limiter($0, broker) }?.levels() ?? []
        schedule = try await ScheduleHealth(composition.settings, broker, try? composition.activeSchedule(broker))
        ledgers = try await LedgerAgreement(broker)
        lagMilliseconds = try await SchedulerLag(broker: broker).milliseconds(file, now: now)
        isRebalanced = try? await composition.isRebalanced()
    }

    /// Version and memory; nil each when our user may not ask for them, which is no reason to show nothing else.
    private static func server(_ redis: RedisClient) async throws -> (version: String?, memory: Int?) {
        do {
            let info = try await redis.send(["INFO"]).string(of: "INFO")
            return (field("redis_version", of: info), Int(field("used_memory", of: info)))
        } catch RedisError.noPermission {
            return (nil, nil)
        }
    }

    private static func field(_ name: String, of info: String) -> String {
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
        return line.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    /// What keeps the fleet from being well; nil when nothing does.
    var trouble: String? { troubles.first }

    /// Everything that does, the worst first.
    private var troubles: [String] {
        var troubles: [String] = []
        if leader == nil { troubles.append("No scheduler leads. Start one with 'flotilla scheduler'.") }
        if workers.isEmpty { troubles.append("No worker lives. Start one with 'flotilla worker'.") }
        troubles += versionTroubles
        troubles += [ledgers.trouble, schedule.trouble, orders.trouble].compactMap(\.self)
        troubles += queues.troubles
        let dead = queues.reduce(0) { $0 + $1.counts.dead }
        if dead > 0 {
            troubles.append("\(dead) \(dead == 1 ? "job is" : "jobs are") dead. Look at 'flotilla failed list'.")
        }
        return troubles
    }

    private var versionTroubles: [String] {
        let lag = fleet.lag.map { "\($0). \(FleetVersions.lagRemedy)" }
        let shortage = fleet.shortage.map {
            "\($0.prefix(1).uppercased())\($0.dropFirst()). \(FleetVersions.shortageRemedy)"
        }
        return [lag, shortage].compactMap(\.self)
    }

    var document: StatusDocument {
        StatusDocument(
            redis: RedisDocument(address: redisLocation, version: redisVersion, usedMemoryBytes: redisMemory),
            scheduler: SchedulerDocument(
                leader: leader, lagMs: lagMilliseconds, scheduleVersion: version, files: schedule.fileDocuments,
                aheadOfClock: schedule.aheadDocuments, schedulers: schedulers, now: now),
            queues: queues.map(\.document),
            pools: fleet.pools.map {
                PoolDocument(name: $0.name, desired: $0.processes, running: fleet.running(in: $0))
            },
            workers: workers.map { WorkerDocument($0, now: now) }, isRebalanced: isRebalanced,
            switchedOff: SwitchedOff.among(workers).map(\.document), ordersHeld: orders.documents,
            limits: levels.map { LimitDocument($0) }, circuits: circuits.map { CircuitDocument($0) },
            troubles: troubles, databases: ledgers.documents)
    }

    func printTables() {
        Terminal.printTable(
            [
                "QUEUE", "READY", "OLDEST", "RUNNING", "SCHEDULED", "RETRYING", "PARKED", "WAITING", "DEAD", "DONE/1m",
                "ERRORS/1m", "STATE",
            ],
            queues.map { reading in
                let queue = reading.counts
                return [
                    queue.name, "\(queue.ready)",
                    queue.ready == 0 ? "-" : Shown.age(milliseconds: queue.oldestWaitMilliseconds), "\(queue.running)",
                    "\(queue.scheduled)", "\(queue.retrying)", "\(queue.parked)", "\(queue.waiting)", "\(queue.dead)",
                    "\(queue.processedLastMinute)", "\(queue.failedLastMinute)", reading.state,
                ]
            })
        queues.lines(at: now).forEach { print($0) }
        print("")
        Terminal.printTable(
            ["WORKER", "POOL", "STATE", "RUNNING", "MEMORY", "HEARTBEAT", "SCHEDULE"],
            workers.map { worker in
                [
                    worker.id.description, worker.pool, worker.state, "\(worker.running)/\(worker.slots)",
                    Shown.bytes(worker.rssBytes), Shown.age(milliseconds: now - worker.heartbeatMilliseconds) + " ago",
                    worker.shownVersion,
                ]
            })
        print("")
        for off in SwitchedOff.among(workers) { print(off.sentence) }
        if isRebalanced == false { print("rebalance: \(RebalanceReport.confirmation)") }
        versionTroubles.forEach { print($0) }
        for state in circuits where state.phase != .closed { print(state.sentence(at: now)) }
        orders.lines.forEach { print($0) }
        for level in levels {
            print(
                "limit \(level.bucket.name): \(Int(level.available)) of \(level.bucket.burst) tokens, "
                    + "\(level.bucket.ratePerSecond) a second")
        }
        let lead = leader.map { "\($0.holder) (epoch \($0.epoch)), \(Shown.age(milliseconds: lagMilliseconds)) behind" }
        print("scheduler: \(lead ?? "none leads"), schedule version \(version)")
        for scheduler in schedulers where scheduler.skewMilliseconds.magnitude > 500 {
            let refuses = scheduler.skewMilliseconds.magnitude > LeaderLease.skewLimitMilliseconds.magnitude
            print(
                "scheduler \(scheduler.holder): its clock is \(scheduler.skewMilliseconds) ms off that of Redis"
                    + (refuses ? "; it does not lead" : ""))
        }
        schedule.lines.forEach { print($0) }
        if let trouble = ledgers.trouble { print("databases: \(trouble)") }
        let server = redisVersion.map { "\($0), \(redisMemory.map(Shown.bytes) ?? "-")" }
        print("redis: \(redisLocation), \(server ?? "version and memory unknown: our user may not run INFO")")
    }
}
