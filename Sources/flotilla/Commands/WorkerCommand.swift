import ArgumentParser
import Fleet
import JobQueue
import Jobs
import Logging
import Redis
import Scheduler
import UnixSignals
import Worker

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run jobs. Drains on SIGTERM; a second one stops at once.")

    @OptionGroup var common: CommonOptions
    @Option(help: "A pool of the schedule file: its queues and slots.") var pool: String?
    @Option(help: "Queues instead of a pool's, with commas between; * for every queue.") var queues: String?
    @Option(help: "Jobs at a time, instead of the pool's.") var concurrency: Int?
    @Option(help: "Worker processes, kept running by this one.") var processes = 1
    @Flag(help: "Run the flotilla.test.* kinds too.") var withTestJobs = false

    func run() async throws {
        let composition = try composition()
        let file = try composition.schedule()
        guard processes == 1 else { return try await supervise(composition, file) }
        let client = try composition.redis(patience: .seconds(10))
        let broker = Broker(redis: client)
        let plan = try await plan(composition, file, broker)
        let guarded = try composition.orderQueues(file).intersection(plan.queues.map(\.name))
        let watch = RedisWatch(redis: client, guarded: guarded, logger: composition.logger)
        try await watch.begin()
        do { try await file.configureQueues(with: broker) } catch {
            // The scheduler tells them too; without Redis the worker ends in joining.
            composition.logger.error("the queues could not be told what the file asks of them: \(error)")
        }
        let limiter = composition.limiter(file, broker)
        let worker = WorkerService(
            broker: broker, limiter: limiter,
            circuits: CircuitBreaker(broker: broker, circuits: composition.circuits(file)),
            registry: try await composition.registry(broker: broker, limiter: limiter),
            plan: plan, host: ProcessLife.host, pid: ProcessLife.pid,
            middleware: [AttemptTracing(), AttemptLogging(), AttemptMetrics()], logger: composition.logger,
            export: { try await DeadLetterExport(composition).append($0) },
            mayFetch: { watch.mayFetch($0) }, endProcess: ProcessLife.end(logger: composition.logger))
        // The watch stands first: services end in the reverse order.
        try await ProcessLife(settings: composition.settings, logger: composition.logger, grace: plan.grace).run([
            ColdPages(), watch, worker,
        ])
        await client.close()
    }

    private func composition() throws -> Composition {
        var composition = try Composition(common)
        try composition.settings.refuseUnobeyed()
        if withTestJobs { composition.settings.useTestJobs() }
        return composition
    }

    /// Runs that many processes of this command, each with the rest of its flags.
    private func supervise(_ composition: Composition, _ file: ScheduleFile) async throws {
        guard (1...FleetPlan.maxProcesses).contains(processes) else {
            throw CommandFailure(.usage, "--processes is \(processes). Use 1 to \(FleetPlan.maxProcesses).")
        }
        let names = try queueNames(try entry(composition, file), file)
        try await composition.withBroker { try await composition.refuseUnsafeOrders(names, in: file, $0.redis) }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var arguments = ["worker"]
        if let pool { arguments += ["--pool", pool] }
        if let queues { arguments += ["--queues", queues] }
        if let concurrency { arguments += ["--concurrency", "\(concurrency)"] }
        if withTestJobs { arguments.append("--with-test-jobs") }
        let workers = try FleetRun.pool(pool ?? "workers", processes: processes, arguments: arguments, composition)
        try await FleetRun(composition: composition, file: file, pools: [workers]).run(until: signals)
    }

    /// The entry of the pool that was named, if one was.
    private func entry(_ composition: Composition, _ file: ScheduleFile) throws -> PoolEntry? {
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

    private func queueNames(_ entry: PoolEntry?, _ file: ScheduleFile) throws -> [String] {
        if let queues { return queues.split(separator: ",").map(String.init) }
        if let entry { return entry.queues }
        let names = file.pools.map(\.name).joined(separator: ", ")
        throw CommandFailure(.usage, "Say which jobs to run: --pool with one of \(names), or --queues.")
    }

    private func plan(_ composition: Composition, _ file: ScheduleFile, _ broker: Broker) async throws -> WorkerPlan {
        let entry = try entry(composition, file)
        let names = try queueNames(entry, file)
        let slots = concurrency ?? entry?.concurrency ?? 8
        guard (1...1_024).contains(slots) else {
            throw CommandFailure(.usage, "--concurrency is \(slots). Use 1 to 1024.")
        }
        let reserved = (entry?.reserved ?? [:]).filter { names.contains($0.key) || names.contains("*") }
            .values.reduce(0, +)
        guard slots > reserved else {
            throw CommandFailure(
                .usage,
                "--concurrency is \(slots), and pool '\(entry?.name ?? "")' reserves \(reserved) slots. "
                    + "Use at least \(reserved + 1).")
        }
        let known = try await QueueInspector(broker: broker).queues()
        var plan = WorkerPlan(
            pool: pool ?? "-", queues: try composition.rules(for: names, in: file, known: known), slots: slots,
            grace: .milliseconds(entry?.graceMilliseconds ?? 30_000))
        try entry?.apply(to: &plan)
        plan.switchedOff = composition.settings.switches.off
        for queue in file.queues { plan.upkeep[try QueueName(queue.name)] = queue.upkeep }
        return plan
    }
}

extension PoolEntry {
    /// Whom a worker of this pool serves first, and how patient it is with its handlers.
    fileprivate func apply(to plan: inout WorkerPlan) throws {
        func byQueue(_ numbers: [String: Int]) throws -> [QueueName: Int] {
            Dictionary(uniqueKeysWithValues: try numbers.map { (try QueueName($0.key), $0.value) })
        }
        switch order {
        case .turns: plan.order = .turns
        case .strict: plan.order = .strict
        case .weighted: plan.order = .weighted(try byQueue(weights))
        }
        plan.ageing = .milliseconds(ageingMilliseconds)
        plan.reserved = try byQueue(reserved)
        plan.killAfter = .milliseconds(killAfterMilliseconds)
    }
}
