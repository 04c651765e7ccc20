public import JobQueue
public import Logging
public import ServiceLifecycle
import Synchronization

/// One worker process: fetches jobs into its slots, runs them, and drains when it is told to stop.
public final class WorkerService: Service {
    private let broker: Broker
    private let limiter: RateLimiter
    private let registry: JobRegistry
    private let plan: WorkerPlan
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let attempts: RunningAttempts
    private let keeper: LeaseKeeper
    private let isDraining = Mutex(false)
    /// Queues of which a fetch failed: it may have claimed jobs of which this worker does not know.
    private let unsure = Mutex<Set<QueueName>>([])
    private let wakeUpCalls: WakeUpCalls
    private let mayFetch: @Sendable (QueueName) -> Bool

    /// - Parameters:
    ///   - host, pid: of this process, for its name.
    ///   - clock: what it sleeps on.
    ///   - mayFetch: asked before each fetch; a queue for which it is false is left alone, and its jobs stay ready.
    public init(
        broker: Broker, limiter: RateLimiter, registry: JobRegistry, plan: WorkerPlan, host: String, pid: Int32,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger,
        mayFetch: @escaping @Sendable (QueueName) -> Bool = { _ in true }
    ) {
        self.mayFetch = mayFetch
        self.broker = broker
        self.limiter = limiter
        self.registry = registry
        self.plan = plan
        self.clock = clock
        self.logger = logger
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
                group.addTask { await self.keeper.run() }
                group.addTask {
                    await MaintenanceService(
                        broker: self.broker, keeper: self.keeper, plan: self.plan, clock: self.clock,
                        logger: self.logger
                    ).run()
                }
                await fetchUntilDraining()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.startDraining()
        }
        await keeper.leave()
        await wakeUpCalls.close()
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

    private func fetchUntilDraining() async {
        let runner = JobRunner(
            broker: broker, limiter: limiter, registry: registry,
            writer: SettlementWriter(broker: broker, clock: clock),
            clock: clock, logger: logger)
        await withDiscardingTaskGroup { group in
            var turn = 0
            while !isDraining.withLock({ $0 }), !Task.isCancelled {
                await attempts.waitForSlot()
                if isDraining.withLock({ $0 }) || Task.isCancelled { break }
                turn += 1
                let round = await fetchRound(startingAt: turn)
                for (job, rules) in round.jobs {
                    let attempt = Attempt(job: job, deadline: .now + timeout(of: job, rules))
                    attempts.add(attempt)
                    group.addTask {
                        await runner.run(attempt, rules: rules)
                        self.attempts.remove(attempt)
                    }
                }
                if round.jobs.isEmpty { await waitForWork(atMost: round.wait) }
            }
            await drain()
        }
    }

    private func timeout(of job: LeasedJob, _ rules: QueueRules) -> Duration {
        guard !job.envelope.options.isEmpty,
            let own = JobOptions(text: job.envelope.options).timeoutMilliseconds
        else { return rules.timeout }
        return .milliseconds(own)
    }

    /// What one look at all queues gave.
    private struct Round {
        var jobs: [(LeasedJob, QueueRules)] = []
        /// How long nothing can be had, unless a wake-up call comes.
        var wait = Duration.seconds(5)
    }

    /// Asks each queue once, beginning with another one each time, so that no queue is always last.
    private func fetchRound(startingAt turn: Int) async -> Round {
        var round = Round()
        for offset in plan.queues.indices {
            let rules = plan.queues[(turn + offset) % plan.queues.count]
            let free = attempts.free - round.jobs.count
            guard free > 0 else { break }
            guard mayFetch(rules.name) else { continue }
            do {
                try await fetch(rules, upTo: free, into: &round)
            } catch {
                logger.error("could not fetch from '\(rules.name)': \(error)")
                unsure.withLock { _ = $0.insert(rules.name) }
                round.wait = min(round.wait, .milliseconds(500))
            }
        }
        return round
    }

    private func fetch(_ rules: QueueRules, upTo free: Int, into round: inout Round) async throws(JobQueueError) {
        if unsure.withLock({ $0.contains(rules.name) }) { return try await adoptClaims(rules, into: &round) }
        var wanted = min(free, 64)
        var tokens: TokenAnswer?
        if let limit = rules.limit {
            guard try await broker.hasReady(rules.name) else { return }
            if let answer = try await limiter.take(limit, most: wanted, for: rules.name.description) {
                guard answer.taken > 0 else {
                    round.wait = min(round.wait, .milliseconds(max(answer.waitMilliseconds, 5)))
                    return
                }
                tokens = answer
                wanted = answer.taken
            }
        }
        let worker = keeper.worker
        let answer = try await broker.fetch(from: rules.name, for: worker, limit: wanted)
        var taken = 0
        switch answer {
        case .jobs(let jobs):
            taken = jobs.count
            round.jobs += jobs.map { ($0, rules) }
        case .paused: break
        case .leaseLost:
            await keeper.rejoin(insteadOf: worker)
            round.wait = min(round.wait, .milliseconds(100))
        }
        if let limit = rules.limit, let tokens {
            try await limiter.giveBack(limit, tokens.taken - taken, of: tokens)
        }
    }

    /// Takes over what Redis says this worker holds and what it does not run.
    private func adoptClaims(_ rules: QueueRules, into round: inout Round) async throws(JobQueueError) {
        // Noted before asking, and only this loop fetches: a claim that is not among them was never handed over.
        let known = Set(attempts.all.filter { $0.job.queue == rules.name }.map(\.job.id))
        let lost = try await broker.claims(of: keeper.worker, in: rules.name).filter { !known.contains($0.id) }
        unsure.withLock { _ = $0.remove(rules.name) }
        round.jobs += lost.map { ($0, rules) }
        if lost.isEmpty { round.wait = .zero }
    }

    /// Sleeps until an enqueue, a promotion or a resumed queue calls, or the time is over. The call claims nothing.
    private func waitForWork(atMost wait: Duration) async {
        do {
            try await wakeUpCalls.wait(atMost: wait)
        } catch {
            guard !isDraining.withLock({ $0 }) else { return }
            logger.warning("cannot wait for work: \(error)")
            try? await clock.sleep(for: .milliseconds(300))
        }
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
