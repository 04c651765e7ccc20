import ArgumentParser
import CeleryBridge
import Fleet
import JobQueue
import Jobs
import Logging
import Redis
import ScheduleConfiguration
import ServiceLifecycle
import UnixSignals
import Worker

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run jobs. Drains on SIGTERM; a second one stops at once.")

    @OptionGroup var common: CommonOptions
    @Option(help: "A pool of the schedule file: its queues and slots.") var pool: String?
    @Option(help: "Queues instead of a pool's, with commas between; * for every queue.") var queues: String?
    @Option(help: "Jobs at a time, instead of the pool's.") var concurrency: Int?
    @Option(
        help: "So many worker processes, started and kept running by this one; without it, this process is the worker.")
    var processes: Int?
    @Flag(help: "Run the flotilla.test.* kinds too.") var withTestJobs = false
    @Flag(help: "An error at the start or end as one JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try composition()
        let own = try await choice.checkFile(composition)
        try await composition.refuseStranger()
        if let processes { return try await supervise(processes, own, composition) }
        LogLines.keep(.worker, composition.settings)
        let client = try composition.redis(patience: .seconds(10))
        try await composition.awaitRedis(client)
        let broker = Broker(redis: client)
        let (file, version) = try await composition.startingSchedule(broker, own: own)
        let watch = RedisWatch(redis: client, guarded: [], logger: composition.logger)
        let orderWatch = OrderWatch(logger: composition.logger)
        let policies = WorkerPolicies(
            choice, composition: composition, broker: broker, watch: watch, orderWatch: orderWatch)
        let policy = try policies.first(file, version)
        try await watch.begin()
        try await LedgerClaim.precede(composition, broker)
        let dependencies = try await composition.dependencies(broker: broker)
        await orderWatch.begin(dependencies)
        var random = SystemRandomNumberGenerator()
        let holder = WorkerID(host: ServiceRunner.host, pid: ServiceRunner.pid, using: &random).description
        let claim = try await LedgerClaim.begin(composition, broker, dependencies.ledger, holder: holder)
        let counter = AttemptCounter(broker: broker)
        let registry = composition.registry(dependencies)
        let celery = try composition.celery(choice, file, broker, dependencies, registry)
        if let celery { policies.take(celery) }
        var runtime = WorkerRuntime(broker: broker)
        if let celery { runtime.wakeUps = celery.service.wakeUps(runtime.wakeUps) }
        let worker = WorkerService(
            broker: broker, policy: celery == nil ? policy : try policies.first(file, version),
            follow: { try policies.next($0) }, registry: registry, host: ServiceRunner.host, pid: ServiceRunner.pid,
            middleware: [AttemptTracing(), AttemptLogging(), AttemptMetrics(factory: counter)],
            runtime: runtime, logger: composition.logger,
            export: { try await DeadLetterExport(composition).append($0) },
            atHeartbeat: {
                async let reported: Void = claim.report()
                async let counted: Void = counter.write()
                let hasChanged = await orderWatch.look()
                _ = await (reported, counted)
                return hasChanged
            },
            endProcess: ServiceRunner.end(logger: composition.logger))
        celery?.onShutdown { worker.startDraining() }
        policies.onCelery { worker.replace(because: "its pool takes Celery's queues now") }
        var life = ServiceRunner(
            settings: composition.settings, logger: composition.logger, grace: policy.plan.grace,
            onHangup: { worker.lookAtSchedule() })
        // The watches stand first: services end in the reverse order.
        life.unsettled = { worker.unsettled.map(\.sentence) }
        let bridge: [any Service] = celery.map { [$0.events, $0.service] } ?? []
        try await life.run([ColdPages(), claim, watch] + bridge + [worker])
        await counter.write()
        await celery?.close()
        await client.close()
        if worker.isRecycled { throw ExitCode(ExitReason.recycledStatus) }
    }

    private var choice: WorkerPolicies.Choice {
        .init(pool: pool, queues: queues?.split(separator: ",").map(String.init), concurrency: concurrency)
    }

    private func composition() throws -> Composition {
        var composition = try Composition(common)
        try composition.settings.refuseUnobeyed()
        if withTestJobs { composition.settings.useTestJobs() }
        return composition
    }

    /// Runs that many processes of this command, each with the rest of its flags.
    private func supervise(
        _ processes: Int, _ own: Result<ScheduleFile, any Error>, _ composition: Composition
    ) async throws {
        guard (1...FleetPlan.maxProcesses).contains(processes) else {
            throw CommandFailure(.usage, "--processes is \(processes). Use 1 to \(FleetPlan.maxProcesses).")
        }
        let client = try composition.redis(patience: .seconds(10))
        try await composition.awaitRedis(client)
        let (file, version) = try await composition.startingSchedule(Broker(redis: client), own: own)
        let names = try choice.queueNames(try choice.entry(in: file, composition), file)
        try await composition.refuseUnsafeOrders(names, in: file, client)
        await client.close()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var arguments = ["worker"]
        if let pool { arguments += ["--pool", pool] }
        if let queues { arguments += ["--queues", queues] }
        if let concurrency { arguments += ["--concurrency", "\(concurrency)"] }
        if withTestJobs { arguments.append("--with-test-jobs") }
        let workers = try FleetRun.pool(pool ?? "workers", processes: processes, arguments: arguments, composition)
        // How many there are, the command line says, whatever becomes of the schedule.
        var fleet = FleetRun(composition: composition, file: file, version: version, pools: { _, _ in [workers] })
        fleet.keepsOutputFree = json
        try await fleet.run(until: signals)
    }
}

extension WorkerService.Unsettled {
    fileprivate var sentence: String {
        "job \(job.id) of kind '\(job.kind)', attempt \(job.attempt): "
            + (isDone ? "its handler is done, and Redis does not know it" : "its handler was still running")
    }
}
