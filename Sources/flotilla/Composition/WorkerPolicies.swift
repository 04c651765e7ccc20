import JobQueue
import Jobs
import Logging
import ScheduleConfiguration
import Synchronization
import Worker

/// Makes the policies of one worker process from schedules: the settings of its pool, overridden by its command line.
final class WorkerPolicies: Sendable {
    /// The choices of the command line.
    struct Choice: Sendable {
        var pool: String?
        /// `*` for every queue.
        var queues: [String]?
        var concurrency: Int?
    }

    private let composition: Composition
    private let broker: Broker
    private let watch: RedisWatch
    private let orderWatch: OrderWatch
    private let choice: Choice
    private let logger: Logger
    /// Celery's part of this process, once it is made.
    private let celery = Mutex<CeleryPart?>(nil)
    private let onCelery = Mutex<@Sendable () -> Void>({})
    /// The pool in the last schedule that had it.
    private let pool = Mutex<WorkerPool?>(nil)

    init(_ choice: Choice, composition: Composition, broker: Broker, watch: RedisWatch, orderWatch: OrderWatch) {
        self.choice = choice
        self.composition = composition
        self.broker = broker
        self.watch = watch
        self.orderWatch = orderWatch
        logger = composition.logger
    }

    /// The policy with which the worker starts.
    /// - Throws: `CommandFailure` with status `usage` when the schedule and the command line contradict each other.
    func first(_ file: ScheduleFile, _ version: ScheduleStamp?) throws -> WorkerPolicy {
        let (entry, slots) = try choice.check(file, composition)
        pool.withLock { $0 = entry }
        return try policy(file, version, entry, slots)
    }

    /// Takes Celery's place from the next policy on.
    func take(_ part: CeleryPart) { celery.withLock { $0 = part } }

    /// Called when a version gives the pool Celery queues, and the process has no part of Celery: only a new one can
    /// take them.
    func onCelery(_ replace: @escaping @Sendable () -> Void) { onCelery.withLock { $0 = replace } }

    /// The policy for another version of the schedule. Contradictions to the command line are logged, and the worker
    /// goes on.
    /// - Throws: `ConfigurationError` when the version cannot be read here.
    func next(_ version: ScheduleVersion) throws -> WorkerPolicy {
        let file = try Composition.parse(version)
        var entry = file.pools.first { $0.name == choice.pool }
        if let name = choice.pool, entry == nil {
            entry = pool.withLock { $0 }
            logger.warning(
                """
                schedule version \(version.number) has no pool '\(name)': this worker goes on with the queues and \
                slots that the pool had. Stop it, or start one with --pool or --queues instead
                """)
        }
        pool.withLock { $0 = entry }
        let slots = choice.slots(entry)
        let reserved = WorkerPolicies.Choice.reserved(entry, for: try choice.queueNames(entry, file))
        if slots <= reserved {
            logger.warning(
                """
                schedule version \(version.number) reserves \(reserved) slots of pool '\(entry?.name ?? "")', and \
                --concurrency is \(slots) here: fewer are reserved
                """)
        }
        return try policy(file, version.stamp, entry, slots)
    }

    private func policy(
        _ file: ScheduleFile, _ version: ScheduleStamp?, _ entry: WorkerPool?, _ slots: Int
    ) throws -> WorkerPolicy {
        let names = try choice.queueNames(entry, file)
        var plan = WorkerPlan(
            pool: choice.pool ?? "-", queues: try composition.rules(for: names, in: file), slots: slots)
        if let entry {
            (plan.grace, plan.killAfter) = (entry.grace, entry.killAfter)
            (plan.order, plan.ageing, plan.reserved) = (entry.order, entry.ageing, entry.reserved)
            plan.recycling = entry.recycling
        }
        if let part = celery.withLock({ $0 }) {
            plan.intakes = part.intakes(by: file.celery)
        } else if let own = entry.flatMap({ file.celery.pool($0.name) }) {
            // Without the bridge it would park their jobs, whose kinds it does not know.
            plan.queues.removeAll { own.nativeQueues.contains($0.name) }
            plan.queuesLeft.formUnion(own.nativeQueues)
            onCelery.withLock { $0 }()
        }
        plan.switchedOff = composition.settings.switches.off
        plan.heldBecause = { [orderWatch] in orderWatch.heldBecause }
        plan.servesEveryQueue = names.contains("*")
        if plan.servesEveryQueue {
            plan.queuesLeft = file.celery.queuesLeft(by: choice.pool ?? "")
            plan.queues.removeAll { plan.queuesLeft.contains($0.name) }
            let missing = (entry.flatMap { file.celery.pool($0.name) }?.nativeQueues ?? []).filter { queue in
                !plan.queues.contains { $0.name == queue }
            }
            plan.queues += missing.map { name in file.queues.first { $0.name == name } ?? QueueRules(name: name) }
        }
        var settings: [QueueName: QueueSettings] = [:]
        // With a version, queues without settings get the defaults; a file that was never activated sets only the
        // queues that it names.
        if version != nil { for queue in plan.queues { settings[queue.name] = QueueSettings() } }
        for queue in file.queues {
            plan.maintenance[queue.name] = queue.maintenance
            settings[queue.name] = queue.settings
        }
        let orders = try composition.orderQueues(file)
        watch.watch(over: plan.servesEveryQueue ? orders : orders.intersection(plan.queues.map(\.name)))
        return WorkerPolicy(
            version: version, plan: plan, limiter: composition.limiter(file, broker),
            circuits: CircuitBreaker(broker: broker, circuits: file.circuits), settings: settings,
            mayFetch: { [watch] in !orders.contains($0) || watch.isSafe })
    }
}

extension WorkerPolicies.Choice {
    /// Checks that the command line and a schedule agree.
    /// - Returns: the entry of the pool, if one was named, and the slots.
    /// - Throws: `CommandFailure` with status `usage`.
    @discardableResult
    func check(_ file: ScheduleFile, _ composition: Composition) throws -> (entry: WorkerPool?, slots: Int) {
        let entry = try entry(in: file, composition)
        let slots = slots(entry)
        guard (1...1_024).contains(slots) else {
            throw CommandFailure(.usage, "--concurrency is \(slots). Use 1 to 1024.")
        }
        let reserved = Self.reserved(entry, for: try queueNames(entry, file))
        guard slots > reserved else {
            throw CommandFailure(
                .usage,
                "--concurrency is \(slots), and pool '\(entry?.name ?? "")' reserves \(reserved) slots. "
                    + "Use at least \(reserved + 1).")
        }
        return (entry, slots)
    }

    /// Reports errors of the command line or the file of this host before the wait for Redis, unless an active version
    /// replaces the file. A host may have no file.
    /// - Returns: the file, or why it cannot be read and need not be.
    func checkFile(_ composition: Composition) async throws -> Result<ScheduleFile, any Error> {
        do {
            let file = try composition.schedule()
            try check(file, composition)
            return .success(file)
        } catch ConfigurationError.unreadable(let path, let why) {
            return .failure(ConfigurationError.unreadable(path: path, why))
        } catch {
            let active = try? await composition.withBroker { try await $0.schedules.activeVersion() }
            if active == nil { throw error }
            return Result { try composition.schedule() }
        }
    }

    func slots(_ entry: WorkerPool?) -> Int { concurrency ?? entry?.concurrency ?? 8 }

    static func reserved(_ entry: WorkerPool?, for names: [String]) -> Int {
        (entry?.reserved ?? [:]).reduce(0) { sum, kept in
            names.contains("*") || names.contains(kept.key.description) ? sum + kept.value : sum
        }
    }

    /// The entry of the pool that was named, if one was.
    func entry(in file: ScheduleFile, _ composition: Composition) throws -> WorkerPool? {
        try pool.map { name in
            guard let entry = file.pools.first(where: { $0.name == name }) else {
                let names = file.pools.map(\.name).joined(separator: ", ")
                throw CommandFailure(
                    .usage,
                    "No pool is called '\(name)' in \(composition.settings.schedulesPath). Use one of: \(names).")
            }
            return entry
        }
    }

    func queueNames(_ entry: WorkerPool?, _ file: ScheduleFile) throws -> [String] {
        if let queues { return queues }
        if let entry { return entry.queueNames }
        let names = file.pools.map(\.name).joined(separator: ", ")
        throw CommandFailure(.usage, "Say which jobs to run: --pool with one of \(names), or --queues.")
    }
}
