public import JobQueue
public import Logging
public import ServiceLifecycle
import Synchronization

/// One worker process: fetches jobs into its slots, runs them, and drains on graceful shutdown.
public final class WorkerService: Service {
    private let broker: Broker
    private let middleware: [any JobMiddleware]
    private let registry: JobRegistry
    private let active: ActivePolicy
    private let policies: PolicyKeeper
    private let runtime: WorkerRuntime
    private let logger: Logger
    private let attempts: RunningAttempts
    private let keeper: LeaseKeeper
    private let orders: WorkerOrders
    private let recycling = RecycleWatch()
    private let hasBeenRecycled = Mutex(false)
    private let isDraining = Mutex(false)
    private let endProcess: @Sendable (String) -> Void
    private let export: DeadLetterRetention.Export?
    private let atHeartbeat: @Sendable () async -> Bool

    /// - Parameters:
    ///   - policy: the policy that the worker starts with.
    ///   - follow: makes a policy of each new active version of the schedule. An error from it is logged, and the
    ///     worker keeps its policy. Nil for a worker whose policy never changes.
    ///   - host, pid: of this process, for its name.
    ///   - middleware: put around every handler, the first one outermost.
    ///   - runtime: its clock, threads and randomness; else those of a real process.
    ///   - export: writes dead letters to a file before a retention policy removes them; without it none is removed.
    ///   - atHeartbeat: called with each heartbeat, every 2 s while jobs run and every 4 s else; no beat waits for it.
    ///     True when the reasons for which orders are held have changed: the worker then reports them at once.
    ///   - endProcess: ends this process at once, with the reason: a handler ignores cancellation, and nothing else
    ///     stops it. Its job is rescued as after a crash.
    public init(
        broker: Broker, policy: WorkerPolicy,
        follow: (@Sendable (ScheduleVersion) throws -> WorkerPolicy)? = nil, registry: JobRegistry, host: String,
        pid: Int32, middleware: [any JobMiddleware] = [AttemptLogging()], runtime: WorkerRuntime? = nil,
        logger: Logger, export: DeadLetterRetention.Export? = nil,
        atHeartbeat: @escaping @Sendable () async -> Bool = { false },
        endProcess: @escaping @Sendable (String) -> Void
    ) {
        self.export = export
        self.atHeartbeat = atHeartbeat
        self.broker = broker
        self.middleware = middleware
        self.registry = registry
        active = ActivePolicy(policy)
        let runtime = runtime ?? WorkerRuntime(broker: broker)
        self.runtime = runtime
        self.logger = logger
        self.endProcess = endProcess
        attempts = RunningAttempts(slots: policy.plan.slots)
        keeper = LeaseKeeper(
            broker: broker, active: active, attempts: attempts, kinds: registry.versions, host: host, pid: pid,
            runtime: runtime, logger: logger)
        orders = WorkerOrders(broker: broker, logger: logger)
        policies = PolicyKeeper(
            broker: broker, active: active, keeper: keeper, attempts: attempts, read: follow, runtime: runtime,
            logger: logger)
    }

    /// A worker whose policy never changes.
    public convenience init(
        broker: Broker, limiter: RateLimiter, circuits: CircuitBreaker? = nil, registry: JobRegistry,
        plan: WorkerPlan, host: String, pid: Int32,
        middleware: [any JobMiddleware] = [AttemptLogging()], logger: Logger,
        export: DeadLetterRetention.Export? = nil,
        mayFetch: @escaping @Sendable (QueueName) -> Bool = { _ in true },
        endProcess: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            broker: broker,
            policy: WorkerPolicy(plan: plan, limiter: limiter, circuits: circuits, mayFetch: mayFetch),
            registry: registry, host: host, pid: pid, middleware: middleware, logger: logger, export: export,
            endProcess: endProcess)
    }

    /// Checks at once whether another version of the schedule is active, instead of at the next heartbeat.
    public func lookAtSchedule() { policies.lookSoon() }

    /// Runs jobs until graceful shutdown; then fetches no more jobs, lets running jobs finish within the grace of its
    /// plan, postpones the rest (no attempt is spent), and gives up its leases.
    /// - Throws: `JobQueueError` when the first joining fails; later losses of Redis are waited out.
    public func run() async throws {
        try await keeper.join()
        let names = active.current.names.map(\.description).joined(separator: ", ")
        logger.info("worker \(keeper.worker) serves \(names)")
        // Picks up changes since the policy was made, and queues that it does not name.
        policies.lookSoon()
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                for duty in duties { group.addTask { await duty() } }
                await withTaskExecutorPreference(runtime.loop) { await fetchUntilDraining() }
                attempts.takeNoMore()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.startDraining()
        }
        await keeper.leave()
        await runtime.wakeUps.close()
    }

    /// A job that this worker still holds.
    public struct Unsettled: Sendable {
        /// With the newest checkpoint of this attempt.
        public let job: LeasedJob
        /// Its handler has returned; only the settlement in Redis is missing.
        public let isDone: Bool
    }

    /// The jobs that this worker has claimed and not settled.
    public var unsettled: [Unsettled] {
        attempts.all.map { Unsettled(job: $0.job, isDone: $0.hasEnded) }
            .sorted { $0.job.id < $1.job.id }
    }

    /// Whether `run` has ended so that another worker takes this one's place.
    public var isRecycled: Bool { hasBeenRecycled.withLock { $0 } }

    /// The loops that run beside the jobs, until cancelled.
    private var duties: [@Sendable () async -> Void] {
        let maintenance = MaintenanceService(
            broker: broker, keeper: keeper, active: active, runtime: runtime, logger: logger, export: export)
        let watch = DeadlineWatch(
            attempts: attempts, runtime: runtime, logger: logger,
            takeNoMore: { self.startDraining() }, endProcess: endProcess)
        return [
            {
                await withTaskExecutorPreference(self.runtime.loop) {
                    await self.keeper.run(beside: {
                        async let hasChanged = self.atHeartbeat()
                        async let isTold = self.obey()
                        self.recycling.noteMemory(by: self.active.plan.recycling)
                        await self.policies.glance()
                        let (changed, told) = await (hasChanged, isTold)
                        return changed || told
                    })
                }
            },
            // Not on the event loop: parsing a version of the schedule may take long.
            { await self.policies.run() },
            { await withTaskExecutorPreference(self.runtime.loop) { await maintenance.run() } },
            { await watch.run() },
            { await self.recycle() },
            { await self.runtime.listen { await self.heard($0) } },
        ]
    }

    private func heard(_ call: CancelCalls.Call) async {
        switch call {
        case .changed:
            policies.lookSoon()
            if await obey() { try? await keeper.report() }
        case .listening:
            policies.lookSoon()
            await keeper.heard(call)
        case .cancel: await keeper.heard(call)
        }
    }

    /// Does what an operator has told this worker.
    /// - Returns: whether its report is another by it.
    private func obey() async -> Bool {
        guard let order = await orders.news(for: keeper.worker), !isDraining.withLock({ $0 }) else { return false }
        switch order {
        case .stop:
            logger.notice("an operator stops this worker")
            startDraining()
        case .quiet, .run:
            logger.notice("an operator lets this worker take \(order == .quiet ? "no more jobs" : "jobs again")")
            keeper.state = order == .quiet ? .quiet : .running
            // It must not take the wake-ups that are meant for others.
            if order == .quiet { runtime.wakeUps.interrupt() }
        }
        return true
    }

    /// Ends the worker once it has done its share: it takes no more jobs, and those that run finish, however long they
    /// take.
    private func recycle() async {
        guard let reason = await recycling.due(), !isDraining.withLock({ $0 }) else { return }
        logger.notice("this worker ends and another takes its place: \(reason)")
        orders.endTaking()
        keeper.state = .quiet
        runtime.wakeUps.interrupt()
        await attempts.waitUntilIdle()
        // A drain that has begun meanwhile was asked for by somebody else.
        guard !isDraining.withLock({ $0 }) else { return }
        hasBeenRecycled.withLock { $0 = true }
        startDraining()
    }

    /// Lets another worker take this one's place once its jobs have finished; the first call counts.
    public func replace(because reason: String) { recycling.demand(reason) }

    /// Takes no more jobs from now on; `run` goes on as after a graceful shutdown. Calls after the first do nothing.
    public func startDraining() {
        let first = isDraining.withLock { draining in
            defer { draining = true }
            return !draining
        }
        guard first else { return }
        keeper.state = .draining
        attempts.takeNoMore()
        // Ends the wait for work at once; nothing is lost by it, because only fetch.lua claims.
        Task(executorPreference: runtime.pool) { await self.runtime.wakeUps.close() }
    }

    /// Claims jobs into the slots. It calls Redis constantly, so it runs on the connection's event loop.
    private func fetchUntilDraining() async {
        let (attempts, recycling, active) = (attempts, recycling, active)
        let writer = SettlementWriter(
            broker: broker, runtime: runtime,
            settled: {
                attempts.remove($0)
                recycling.noteSettled($0.count, by: active.plan.recycling)
            })
        let runner = JobRunner(
            broker: broker, registry: registry, writer: writer,
            attempts: attempts, runtime: runtime, logger: logger, middleware: middleware)
        let slots = WorkerSlots(most: active.plan.slots, runtime: runtime) {
            await runner.run($0.attempt, of: $0.queue)
        }
        var intake = Fetcher(
            admission: Admission(broker: broker), registry: registry, active: active, attempts: attempts,
            keeper: keeper, now: runtime.now, isQuiet: { self.orders.isQuiet }, logger: logger)
        let wait = WorkWait(
            broker: broker, active: active, attempts: attempts, runtime: runtime, logger: logger,
            isDraining: { self.isDraining.withLock { $0 } }, isQuiet: { self.orders.isQuiet })
        var last = active.current
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while !isDraining.withLock({ $0 }), !Task.isCancelled {
                    await attempts.waitForSlot()
                    if isDraining.withLock({ $0 }) || Task.isCancelled { break }
                    let round = await intake.round()
                    if !round.jobs.isEmpty { begin(round.jobs, in: slots) }
                    intake.endRound()
                    if round.serving !== last {
                        last = round.serving
                        slots.keep(atMost: last.plan.slots)
                    }
                    if !round.jobs.isEmpty { continue }
                    if let listen = wait.listener(after: round) { group.addTask { await listen() } }
                    await wait.wait(after: round)
                }
                await drain()
            }
        } onCancel: {
            stopAll()
        }
        slots.close()
    }

    private func begin(_ claimed: [ClaimedJob], in slots: WorkerSlots) {
        let now = runtime.now()
        let items = claimed.map { claimed in
            WorkerSlots.Item(
                attempt: Attempt(
                    job: claimed.job, deadline: now + claimed.queue.rules.timeout(of: claimed.job),
                    killAfter: claimed.queue.policy.plan.killAfter, reportsSuccess: claimed.reportsSuccess),
                queue: claimed.queue)
        }
        attempts.add(items.map(\.attempt))
        // A round may have fetched under a name whose lease was lost meanwhile, when the attempts of that name were
        // stopped and these were not among them.
        let worker = keeper.worker
        for (claimed, item) in zip(claimed, items) where claimed.job.worker != worker {
            item.attempt.stop(.leaseLost, at: now)
        }
        slots.put(items)
        if Task.isCancelled { items.forEach { $0.attempt.stop(.shutdown, at: now) } }
    }

    private func stopAll() {
        let now = runtime.now()
        attempts.all.forEach { $0.stop(.shutdown, at: now) }
    }

    /// Lets running attempts finish; after the grace they are cancelled and postponed.
    private func drain() async {
        guard attempts.count > 0 else { return }
        let grace = active.plan.grace
        logger.info("draining \(attempts.count) running jobs, up to \(grace)")
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await self.runtime.clock.sleep(for: grace) } catch { return }
                self.stopAll()
            }
            await attempts.waitUntilIdle()
            group.cancelAll()
        }
    }
}
