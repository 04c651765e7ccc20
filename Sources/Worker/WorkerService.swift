public import JobQueue
public import Logging
public import ServiceLifecycle
import Synchronization

/// One worker process: fetches jobs into its slots, runs them, and drains when it is told to stop.
public final class WorkerService: Service {
    private let broker: Broker
    private let limiter: RateLimiter
    private let middleware: [any JobMiddleware]
    private let circuits: CircuitBreaker?
    private let registry: JobRegistry
    private let plan: WorkerPlan
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let attempts: RunningAttempts
    private let keeper: LeaseKeeper
    private let isDraining = Mutex(false)
    private let wakeUpCalls: WakeUpCalls
    private let endProcess: @Sendable (String) -> Void
    private let mayFetch: @Sendable (QueueName) -> Bool
    private let export: DeadLetterRetention.Export?

    /// - Parameters:
    ///   - host, pid: of this process, for its name.
    ///   - middleware: put around every handler, the first one outermost.
    ///   - clock: what it sleeps on; else the broker's `loopClock`.
    ///   - export: where dead letters go that a retention policy removes; without it none is removed.
    ///   - mayFetch: asked before each fetch; a queue for which it is false is left alone, and its jobs stay ready.
    ///   - endProcess: ends this process at once, with the reason for it: a handler does not stop, and nothing else
    ///     stops it. Its job is rescued as after a crash.
    public init(
        broker: Broker, limiter: RateLimiter, circuits: CircuitBreaker? = nil, registry: JobRegistry,
        plan: WorkerPlan, host: String, pid: Int32,
        middleware: [any JobMiddleware] = [AttemptLogging()], clock: (any Clock<Duration>)? = nil,
        logger: Logger, export: DeadLetterRetention.Export? = nil,
        mayFetch: @escaping @Sendable (QueueName) -> Bool = { _ in true },
        endProcess: @escaping @Sendable (String) -> Void
    ) {
        self.mayFetch = mayFetch
        self.export = export
        self.broker = broker
        self.limiter = limiter
        self.circuits = circuits
        self.middleware = middleware
        self.registry = registry
        self.plan = plan
        let clock = clock ?? broker.loopClock
        self.clock = clock
        self.logger = logger
        self.endProcess = endProcess
        attempts = RunningAttempts(slots: plan.slots)
        keeper = LeaseKeeper(
            broker: broker, plan: plan, attempts: attempts, host: host, pid: pid, clock: clock, logger: logger)
        wakeUpCalls = WakeUpCalls(broker: broker, queues: plan.queues.map(\.name))
    }

    /// Works until it is told to shut down; then takes no more jobs, lets those that run finish within the grace of its
    /// plan, gives the rest back unspent, and leaves.
    /// - Throws: `JobQueueError` when the first joining fails; later losses of Redis are waited out.
    public func run() async throws {
        try await keeper.join()
        logger.info("worker \(keeper.worker) serves \(plan.queues.map(\.name.description).joined(separator: ", "))")
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                for duty in duties { group.addTask { await duty() } }
                await withTaskExecutorPreference(broker.loop) { await fetchUntilDraining() }
                attempts.takeNoMore()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.startDraining()
        }
        await keeper.leave()
        await wakeUpCalls.close()
    }

    /// What goes on beside the jobs, until cancelled.
    private var duties: [@Sendable () async -> Void] {
        let maintenance = MaintenanceService(
            broker: broker, keeper: keeper, plan: plan, clock: clock, logger: logger, export: export)
        let watch = DeadlineWatch(
            attempts: attempts, killAfter: plan.killAfter, clock: clock, logger: logger,
            takeNoMore: { self.startDraining() }, endProcess: endProcess)
        return [
            { await withTaskExecutorPreference(self.broker.loop) { await self.keeper.run() } },
            { await withTaskExecutorPreference(self.broker.loop) { await maintenance.run() } },
            { await watch.run() },
            { await CancelCalls(broker: self.broker).listen { await self.keeper.heard($0) } },
        ]
    }

    /// Takes no more jobs from now on.
    private func startDraining() {
        let first = isDraining.withLock { draining in
            defer { draining = true }
            return !draining
        }
        guard first else { return }
        keeper.state = .draining
        attempts.takeNoMore()
        // Ends the wait for work at once; nothing is lost by it, because only fetch.lua claims.
        Task { await self.wakeUpCalls.close() }
    }

    /// Claims jobs into the slots. It asks Redis all the time, so it runs where the replies arrive.
    private func fetchUntilDraining() async {
        let attempts = attempts
        let runner = JobRunner(
            broker: broker, limiter: limiter, registry: registry,
            writer: SettlementWriter(broker: broker, clock: clock, settled: { attempts.remove($0) }),
            attempts: attempts, clock: clock, logger: logger, middleware: middleware, circuits: circuits)
        let slots = WorkerSlots(most: plan.slots) { await runner.run($0.attempt, of: $0.queue) }
        var intake = JobIntake(
            admission: Admission(broker: broker, limiter: limiter, circuits: circuits), registry: registry,
            plan: plan, attempts: attempts, keeper: keeper, mayFetch: mayFetch, logger: logger)
        let wait = WorkWait(
            broker: broker, queues: plan.queues.map(\.name), calls: wakeUpCalls, attempts: attempts,
            clock: clock, logger: logger,
            isDraining: { self.isDraining.withLock { $0 } })
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while !isDraining.withLock({ $0 }), !Task.isCancelled {
                    await attempts.waitForSlot()
                    if isDraining.withLock({ $0 }) || Task.isCancelled { break }
                    let round = await intake.round()
                    if !round.jobs.isEmpty {
                        begin(round.jobs, in: slots)
                        continue
                    }
                    if let listen = wait.listener(after: round) { group.addTask { await listen() } }
                    await wait.wait(after: round)
                }
                await drain()
            }
        } onCancel: {
            attempts.all.forEach { $0.stop(.shutdown) }
        }
        slots.close()
    }

    private func begin(_ claimed: [ClaimedJob], in slots: WorkerSlots) {
        let now = ContinuousClock.now
        let items = claimed.map { claimed in
            WorkerSlots.Item(
                attempt: Attempt(
                    job: claimed.job, deadline: now + claimed.queue.rules.timeout(of: claimed.job),
                    reportsSuccess: claimed.reportsSuccess), queue: claimed.queue)
        }
        attempts.add(items.map(\.attempt))
        slots.put(items)
        if Task.isCancelled { items.forEach { $0.attempt.stop(.shutdown) } }
    }

    /// Lets running attempts finish; after the grace they are cancelled and given back.
    private func drain() async {
        guard attempts.count > 0 else { return }
        logger.info("draining \(attempts.count) running jobs, up to \(plan.grace)")
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await self.clock.sleep(for: self.plan.grace) } catch { return }
                self.attempts.all.forEach { $0.stop(.shutdown) }
            }
            await attempts.waitUntilIdle()
            group.cancelAll()
        }
    }
}
