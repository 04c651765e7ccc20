public import JobQueue

/// What a worker takes from its process and host: time, randomness, the threads of its tasks, and the two connections
/// that only save time. A simulation passes its own.
public struct WorkerRuntime: Sendable {
    /// What every part of the worker sleeps on.
    public var clock: any Clock<Duration>
    /// Measures deadlines and intervals; never set by anyone.
    public var now: @Sendable () -> ContinuousClock.Instant
    /// Names the worker and spreads retries.
    public var random: any RandomNumberGenerator & Sendable
    /// Runs the tasks that call Redis constantly.
    public var loop: any TaskExecutor
    /// Runs the tasks that outlive the one that starts them; nil for the shared pool.
    public var pool: (any TaskExecutor)?
    /// How the idle worker waits for jobs.
    public var wakeUps: any WakeUps
    /// Calls the body with every message to the fleet, until the task is cancelled.
    public var listen: @Sendable (_ body: (CancelCalls.Call) async -> Void) async -> Void

    /// That of a real process. Opens no connection yet.
    /// - Parameter clock: what the worker sleeps on; else the broker's `loopClock`.
    public init(broker: Broker, clock: (any Clock<Duration>)? = nil) {
        self.clock = clock ?? broker.loopClock
        now = { .now }
        random = SystemRandomNumberGenerator()
        loop = broker.loop
        wakeUps = WakeUpCalls(broker: broker)
        listen = { body in await CancelCalls(broker: broker).listen(body) }
    }

    /// Of parts, for simulations.
    public init(
        clock: any Clock<Duration>, now: @escaping @Sendable () -> ContinuousClock.Instant,
        random: any RandomNumberGenerator & Sendable, loop: any TaskExecutor, pool: (any TaskExecutor)?,
        wakeUps: any WakeUps, listen: @escaping @Sendable (_ body: (CancelCalls.Call) async -> Void) async -> Void
    ) {
        self.clock = clock
        self.now = now
        self.random = random
        self.loop = loop
        self.pool = pool
        self.wakeUps = wakeUps
        self.listen = listen
    }
}

/// The wait of an idle worker. A wake-up claims no job: it only means that a fetch is useful.
public protocol WakeUps: Sendable {
    /// Returns when a wake-up arrives, or after that time.
    /// - Parameter queues: the queues to listen to, at least one.
    /// - Returns: whether a wake-up arrived.
    /// - Throws: `JobQueueError.redis` when the wait was interrupted, or cannot go on.
    func wait(atMost time: Duration, for queues: [QueueName]) async throws(JobQueueError) -> Bool

    /// Ends a wait under way with an error; a later one waits again.
    func interrupt()

    /// Ends a wait at once, for good.
    func close() async
}

extension WakeUpCalls: WakeUps {}
