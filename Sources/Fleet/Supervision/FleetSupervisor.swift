public import Logging
public import ServiceLifecycle

/// Keeps the workers of a plan running: starts them, restarts them when they die, drains those that are no longer
/// planned.
///
/// Knows nothing of jobs. An actor, because the table of workers changes with every start, exit and new plan; only
/// `run()` starts and ends processes, all other methods send it an event.
public actor FleetSupervisor: Service {
    /// Environment variable in which a worker finds its name, such as `trading-1`.
    public static let nameVariable = "FLOTILLA_WORKER_NAME"

    enum Event {
        case changed
        case exited(WorkerExit)
        case due(name: String, processes: Int)
        case drain(name: String, grace: Duration)
        case stop(grace: Duration)
        /// As `stop`, with the current grace.
        case shutDown
    }

    let policy: RestartPolicy
    var grace: Duration
    let clock: any Clock<Duration>
    let output: WorkerOutput
    let onExit: @Sendable (WorkerExit) async -> Void
    let logger: Logger
    let lifeline: Lifeline
    let events: AsyncStream<Event>.Continuation
    private let incoming: AsyncStream<Event>
    var plan: FleetPlan
    /// Pools whose workers a new plan drains after those of all others.
    var lastPools: Set<String> = []
    /// Whether workers that are no longer planned drain all at once.
    var drainsSurplusAtOnce = false
    var random: any RandomNumberGenerator & Sendable
    var slots: [String: FleetSlot] = [:]
    var isStopping = false
    private var hasRun = false
    private var hasEnded = false
    private var endWaiters: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - grace: how long workers may drain after SIGTERM when the service is shut down or the plan drops them.
    ///   - clock: for pauses, grace and uptime.
    ///   - random: for the policy's jitter.
    ///   - onExit: awaited after a worker has ended and before it is started again; for rescuing its jobs. It must
    ///     return in bounded time, since until then its place stays empty.
    /// - Throws: `FleetError.noPipe`.
    public init(
        plan: FleetPlan, policy: RestartPolicy = RestartPolicy(), grace: Duration, output: WorkerOutput = .inherited,
        clock: any Clock<Duration>, random: any RandomNumberGenerator & Sendable, logger: Logger,
        onExit: @escaping @Sendable (WorkerExit) async -> Void
    ) throws(FleetError) {
        self.plan = plan
        self.policy = policy
        self.grace = grace
        self.output = output
        self.clock = clock
        self.random = random
        self.logger = logger
        self.onExit = onExit
        lifeline = try Lifeline()
        // Unbounded, but never more than a few for each worker: an exit, the end of a pause, an operator's request.
        (incoming, events) = AsyncStream.makeStream(of: Event.self)
    }

    /// Runs the fleet until it is stopped; when this returns no process of it is left.
    ///
    /// Graceful shutdown drains, as `stop(grace:)` with the grace from `init`. Cancellation kills at once.
    /// - Throws: `FleetError.alreadyRun`.
    public func run() async throws {
        guard !hasRun else { throw FleetError.alreadyRun }
        hasRun = true
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                carryOut(reconcile(), in: &group)
                for await event in incoming {
                    carryOut(actions(for: event), in: &group)
                    if isStopping, slots.values.allSatisfy({ $0.process == nil }) { break }
                }
                // Only a cancelled loop ends with processes left.
                isStopping = true
                for slot in slots.values { slot.process?.signal(killSignal) }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.events.yield(.shutDown)
        }
        finish()
    }

    /// Replaces the plan. Missing workers start at once; surplus workers and those with another command line drain one
    /// after the other, so that no more than one is missing at any time.
    ///
    /// Returns before that has happened; `snapshot()` shows the progress.
    /// - Parameters:
    ///   - grace: how long a worker may drain from now on; nil keeps the present grace.
    ///   - last: pools whose workers are drained after those of all others.
    ///   - surplusAtOnce: drain the workers that are no longer planned all at once: nobody waits for others to take
    ///     their place.
    public func update(
        _ plan: FleetPlan, grace: Duration? = nil, last: Set<String> = [], surplusAtOnce: Bool = false
    ) {
        self.plan = plan
        if let grace { self.grace = grace }
        lastPools = last
        drainsSurplusAtOnce = surplusAtOnce
        events.yield(.changed)
    }

    /// Sends a signal to every worker that runs, and to its children.
    public func signal(_ number: Int32) {
        for slot in slots.values { slot.process?.signal(number) }
    }

    /// Ends the fleet for good: SIGTERM to all, SIGKILL to those still there after `grace`; returns when all are gone.
    ///
    /// A second call with a shorter grace hurries the first.
    public func stop(grace: Duration) async {
        guard hasRun, !hasEnded else { return }
        events.yield(.stop(grace: grace))
        await withCheckedContinuation { endWaiters.append($0) }
    }

    /// Drains and replaces the workers one at a time, in the order of the plan.
    ///
    /// - Parameter settle: each replacement has to run this long before the next worker is drained.
    /// - Throws: `FleetError.rollStopped` when one did not; the workers after it still run undisturbed.
    public func restartAll(grace: Duration, settle: Duration) async throws(FleetError) {
        for worker in plan.workers where slots[worker.name]?.process != nil {
            let started = await withCheckedContinuation { (waiter: CheckedContinuation<ChildProcess?, Never>) in
                slots[worker.name]?.startWaiters.append(waiter)
                slots[worker.name]?.isDraining = true
                events.yield(.drain(name: worker.name, grace: grace))
            }
            try? await clock.sleep(for: settle)
            guard let started, slots[worker.name]?.process === started, !Task.isCancelled else {
                throw .rollStopped(worker: worker.name)
            }
        }
    }

    /// Every worker that runs, drains or waits to be started again, by name.
    public func snapshot() -> [WorkerStatus] {
        slots.values.map(\.status).sorted { ($0.pool, $0.name.count, $0.name) < ($1.pool, $1.name.count, $1.name) }
    }

    private func finish() {
        hasEnded = true
        events.finish()
        for waiter in endWaiters { waiter.resume() }
        endWaiters = []
        for slot in slots.values { slot.startWaiters.forEach { $0.resume(returning: nil) } }
        slots = [:]
    }
}
