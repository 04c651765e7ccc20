import JobQueue
import Logging

/// A job that this worker has claimed, and how it is to be run.
struct ClaimedJob: Sendable {
    let job: LeasedJob
    let rules: QueueRules
}

/// What one look at all queues gave.
struct IntakeRound: Sendable {
    var jobs: [ClaimedJob] = []
    /// How long nothing can be had, unless a wake-up call comes.
    var wait: Duration

    mutating func add(_ jobs: [LeasedJob], _ rules: QueueRules) {
        self.jobs += jobs.map { ClaimedJob(job: $0, rules: rules) }
    }

    mutating func comeBack(after wait: Duration) { self.wait = min(self.wait, wait) }
}

/// Claims jobs for a worker's free slots. Used by one loop only.
struct JobIntake: Sendable {
    let broker: Broker
    let limiter: RateLimiter
    let registry: JobRegistry
    let plan: WorkerPlan
    let attempts: RunningAttempts
    let keeper: LeaseKeeper
    let logger: Logger
    private var turn = 0
    /// Queues of which a fetch failed: it may have claimed jobs of which this worker does not know.
    private var unsure: Set<QueueName> = []
    private var lookedAtParked: ContinuousClock.Instant?

    /// The most that a worker claims of a queue at a time, so that its neighbours get some too.
    static let most = 64
    /// How often parked jobs are looked for.
    private static let parkedInterval = Duration.seconds(2)

    init(
        broker: Broker, limiter: RateLimiter, registry: JobRegistry, plan: WorkerPlan, attempts: RunningAttempts,
        keeper: LeaseKeeper, logger: Logger
    ) {
        self.broker = broker
        self.limiter = limiter
        self.registry = registry
        self.plan = plan
        self.attempts = attempts
        self.keeper = keeper
        self.logger = logger
    }

    /// Asks each queue once, beginning with another one each time, so that no queue is always last.
    mutating func round() async -> IntakeRound {
        // An idle worker is not called when a job is parked that it could run.
        var round = IntakeRound(wait: Self.parkedInterval)
        turn += 1
        let looksAtParked = isTimeForParked()
        for offset in plan.queues.indices {
            let rules = plan.queues[(turn + offset) % plan.queues.count]
            guard attempts.free > round.jobs.count else { break }
            do {
                if looksAtParked { try await fetchParked(rules, into: &round) }
                try await fetch(rules, into: &round)
            } catch {
                logger.error("could not fetch from '\(rules.name)': \(error)")
                unsure.insert(rules.name)
                round.comeBack(after: .milliseconds(500))
            }
        }
        return round
    }

    private mutating func isTimeForParked() -> Bool {
        let now = ContinuousClock.now
        if let last = lookedAtParked, last.duration(to: now) < Self.parkedInterval { return false }
        lookedAtParked = now
        return true
    }

    private mutating func fetch(_ rules: QueueRules, into round: inout IntakeRound) async throws(JobQueueError) {
        if unsure.contains(rules.name) { return try await adoptClaims(rules, into: &round) }
        var wanted = min(attempts.free - round.jobs.count, Self.most)
        guard wanted > 0 else { return }
        var tokens = 0
        if let limit = rules.limit {
            guard try await broker.hasReady(rules.name) else { return }
            if let answer = try await limiter.take(limit, most: wanted, for: rules.name.description) {
                guard answer.taken > 0 else {
                    return round.comeBack(after: .milliseconds(max(answer.waitMilliseconds, 5)))
                }
                tokens = answer.taken
                wanted = tokens
            }
        }
        let worker = keeper.worker
        let answer = try await broker.fetch(from: rules.name, for: worker, limit: wanted)
        let taken = await take(answer, by: worker, rules, into: &round)
        if let limit = rules.limit { try await limiter.giveBack(limit, tokens - taken) }
    }

    /// Jobs that others could not run and this worker can.
    private func fetchParked(_ rules: QueueRules, into round: inout IntakeRound) async throws(JobQueueError) {
        for parked in try await broker.parked(in: rules.name) where registry.passes(parked.gate) {
            let wanted = min(attempts.free - round.jobs.count, parked.count, Self.most)
            guard wanted > 0 else { return }
            let worker = keeper.worker
            let answer = try await broker.fetchParked(at: parked.gate, from: rules.name, for: worker, limit: wanted)
            _ = await take(answer, by: worker, rules, into: &round)
        }
    }

    /// - Returns: how many jobs were claimed.
    private func take(
        _ answer: FetchAnswer, by worker: WorkerID, _ rules: QueueRules, into round: inout IntakeRound
    ) async -> Int {
        switch answer {
        case .jobs(let jobs):
            round.add(jobs, rules)
            return jobs.count
        case .paused: return 0
        case .leaseLost:
            await keeper.rejoin(insteadOf: worker)
            round.comeBack(after: .milliseconds(100))
            return 0
        }
    }

    /// Takes over what Redis says this worker holds and what it does not run.
    private mutating func adoptClaims(
        _ rules: QueueRules, into round: inout IntakeRound
    ) async throws(JobQueueError) {
        // Noted before asking, and only this loop fetches: a claim that is not among them was never handed over.
        let known = Set(
            attempts.all.map(\.job).filter { $0.queue == rules.name }.map(\.id)
                + round.jobs.map(\.job).filter { $0.queue == rules.name }.map(\.id))
        let lost = try await broker.claims(of: keeper.worker, in: rules.name).filter { !known.contains($0.id) }
        unsure.remove(rules.name)
        round.add(lost, rules)
        if lost.isEmpty { round.wait = .zero }
    }
}
