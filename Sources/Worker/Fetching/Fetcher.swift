import JobQueue
import Logging

/// A job that this worker has claimed, with the rules by which it runs.
struct ClaimedJob: Sendable {
    let job: LeasedJob
    let queue: ServedQueue
    let reportsSuccess: Bool
}

/// The result of asking all queues once.
struct FetchRound: Sendable {
    /// The policy and queues of the round.
    let serving: ServingPlan
    var jobs: [ClaimedJob] = []
    /// How long the next round would find nothing, unless a wake-up arrives.
    var wait: Duration
    /// Attempts whose handler was running when the round began.
    var running: Int
    /// The queues that were asked.
    var asked: [QueueName] = []
    /// Whether slots are free that some queues may not use.
    var isHeldBack = false

    mutating func comeBack(after wait: Duration) { self.wait = min(self.wait, wait) }
}

/// Claims jobs for a worker's free slots. Used by one loop only.
struct Fetcher: Sendable {
    private let admission: Admission
    private let registry: JobRegistry
    private let active: ActivePolicy
    private let attempts: RunningAttempts
    private let keeper: LeaseKeeper
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Whether an operator wants the worker to take no jobs.
    private let isQuiet: @Sendable () -> Bool
    private let began: ContinuousClock.Instant
    /// The plan that `order` was built from.
    private var serving: ServingPlan
    private var order: QueueOrder
    /// Queues with a failed fetch, whose lost reply may have held claims that this worker does not know, or where Redis
    /// has more claims than the worker has attempts. Such jobs were admitted under the policy that is stored here.
    private var unsure: [QueueName: ServedQueue] = [:]
    /// How often a claim was adopted: one whose settlement Redis refuses comes back each time.
    private var adoptions: [QueueName: [JobID: (fence: Int64, count: Int)]] = [:]
    private var lookedAtParked: Duration?
    /// When this worker last ran no job.
    private var lastAlone = Duration.zero
    /// Since when a job whose next crash would be its last runs here.
    private var suspectSince: Duration?

    /// The most that a worker claims of a queue at a time, so that its neighbours get some too. It doubles each time a
    /// queue fills the batch: then there are jobs enough for all workers, and large batches cost less.
    private static let most = 64...256
    private var limits: [QueueName: Int] = [:]
    /// How often the worker looks for parked jobs: wake-ups announce ready jobs only.
    private static let parkedInterval = Duration.seconds(2)
    /// A worker that has not been idle for this long takes a job whose next crash would be its last beside its other
    /// jobs.
    private static let patienceForSuspects = Duration.seconds(10)
    private static let mostAdoptions = 3
    /// For this long the worker starts no other job beside such a job.
    private static let isolation = Duration.seconds(30)
    /// The wait after a round when only a wake-up or a ready job makes the next round useful.
    static let idleInterval = Duration.seconds(15)

    init(
        admission: Admission, registry: JobRegistry, active: ActivePolicy, attempts: RunningAttempts,
        keeper: LeaseKeeper, now: @escaping @Sendable () -> ContinuousClock.Instant,
        isQuiet: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.isQuiet = isQuiet
        self.admission = admission
        self.registry = registry
        self.active = active
        self.attempts = attempts
        self.keeper = keeper
        self.now = now
        self.logger = logger
        began = now()
        serving = active.current
        order = QueueOrder(of: serving)
    }

    /// Asks each queue once, in the order of the plan, for as many jobs as it may run. The whole round uses the policy
    /// that is active at its beginning. The caller adds its jobs to the running attempts before it calls `endRound`.
    mutating func round() async -> FetchRound {
        let newest = active.beginRound()
        if newest !== serving {
            serving = newest
            order = QueueOrder(of: newest, after: order)
        }
        var round = FetchRound(serving: serving, wait: Self.idleInterval, running: attempts.busy)
        for queue in attempts.takeSurplus() where unsure[queue] == nil && serving.serves(queue) {
            unsure[queue] = serving[queue]
        }
        if !unsure.isEmpty { await adoptFromUnserved(into: &round) }
        if isQuiet() {
            await adoptOnly(into: &round)
            return round
        }
        let now = began.duration(to: now())
        noteIsolation(at: now)
        let looksAtParked = isTimeForParked(at: now)
        var running = order.reservesSlots ? attempts.busyByQueue : [:]
        for queue in order.begin(at: now) {
            let free = attempts.free - round.jobs.count
            guard free > 0 else { break }
            guard !isIsolating(round, at: now) else {
                // The end of the isolated job makes room for others, and no wake-up announces it.
                round.isHeldBack = true
                break
            }
            guard serving.policy.mayFetch(queue) else { continue }
            let limit = limits[queue] ?? Self.most.lowerBound
            let most = min(order.most(for: queue, free: free, running: running), limit)
            guard most > 0 else {
                round.isHeldBack = true
                continue
            }
            let before = round.jobs.count
            await ask(serving[queue], upTo: most, looksAtParked, takesSuspect(round, at: now), into: &round)
            let taken = round.jobs.count - before
            if taken == limit { limits[queue] = min(2 * limit, Self.most.upperBound) }
            if taken == 0 { limits[queue] = nil }
            order.served(queue, taken, of: most)
            running[queue, default: 0] += taken
            round.asked.append(queue)
        }
        order.end(at: now)
        // This round consumed the wake-up of a job that this worker takes only when it is idle, so it asks again soon.
        if attempts.count > 0, !takesSuspect(round, at: now) { round.comeBack(after: .seconds(2)) }
        return round
    }

    /// Adopts claims in queues that the plan no longer serves.
    private mutating func adoptFromUnserved(into round: inout FetchRound) async {
        let queues = unsure.values.filter { !serving.serves($0.rules.name) }
        for queue in queues.sorted(by: { $0.rules.name < $1.rules.name }) {
            await ask(queue, upTo: 0, false, false, into: &round)
        }
    }

    /// A quiet worker takes no jobs, and settles the claims that it holds already. It does not listen for wake-ups,
    /// which are meant for others, and looks again soon.
    private mutating func adoptOnly(into round: inout FetchRound) async {
        for name in unsure.keys.sorted() where serving.serves(name) {
            await ask(serving[name], upTo: 0, false, false, into: &round)
        }
        round.isHeldBack = true
        round.comeBack(after: .milliseconds(500))
    }

    /// To be called once the jobs of the round are among the running attempts.
    func endRound() { active.endRound(unsure: Set(unsure.keys)) }

    private mutating func isTimeForParked(at now: Duration) -> Bool {
        if let last = lookedAtParked, now - last < Self.parkedInterval { return false }
        lookedAtParked = now
        return true
    }

    private mutating func ask(
        _ queue: ServedQueue, upTo most: Int, _ looksAtParked: Bool, _ takesSuspect: Bool,
        into round: inout FetchRound
    ) async {
        let name = queue.rules.name
        do {
            if let before = unsure[name] { return try await adoptClaims(before, into: &round) }
            var most = most
            if looksAtParked { most -= try await fetchParked(queue, upTo: most, into: &round) }
            if most > 0 { try await fetch(queue, upTo: most, takesSuspect, into: &round) }
        } catch {
            logger.error("could not fetch from '\(name)': \(error)")
            if unsure[name] == nil { unsure[name] = queue }
            round.comeBack(after: .milliseconds(500))
        }
    }

    private func fetch(
        _ queue: ServedQueue, upTo most: Int, _ takesSuspect: Bool, into round: inout FetchRound
    ) async throws(JobQueueError) {
        guard let worker = keeper.worker(on: queue.rules.name) else {
            // The worker joins at its next heartbeat; until then fetch.lua gives it no job.
            return round.comeBack(after: .milliseconds(500))
        }
        let intake = queue.intake
        let grant = try await admission.grant(queue, upTo: most, areThere: intake != nil)
        guard grant.jobs > 0 else { return round.comeBack(after: grant.wait ?? round.wait) }
        // When it ends there may be another such job to take, and no wake-up announces it.
        if runsSuspect(in: round) { round.isHeldBack = true }
        let answer = try await admission.broker.claims.fetch(
            from: queue.rules.name, for: worker, limit: grant.jobs, takesCrashed: takesSuspect)
        var taken = await take(answer, by: worker, queue, grant, into: &round)
        if let intake, let source = intake.source(), case .jobs(let ready) = answer, ready.count < grant.jobs,
            !runsSuspect(in: round)
        {
            let messages = try await admission.broker.claims.take(
                from: source, into: queue.rules.name, for: worker, limit: grant.jobs - ready.count,
                isKnown: intake.isKnown)
            taken += await take(messages, by: worker, queue, grant, into: &round)
        }
        try await admission.giveBack(grant, queue, used: taken)
    }

    /// Whether a job whose next crash would be its last runs here, or is about to.
    private func runsSuspect(in round: FetchRound) -> Bool {
        round.jobs.contains { $0.job.isIsolated } || attempts.hasCrashedBefore
    }

    private mutating func noteIsolation(at now: Duration) {
        if attempts.count == 0 { lastAlone = now }
        guard attempts.hasCrashedBefore else {
            suspectSince = nil
            return
        }
        if suspectSince == nil { suspectSince = now }
    }

    /// Whether no other job may start here: if the worker crashes, the job whose next crash would be its last must be
    /// the cause. A long job is isolated only for its first 30 s.
    private func isIsolating(_ round: FetchRound, at now: Duration) -> Bool {
        guard runsSuspect(in: round) else { return false }
        return suspectSince.map { now - $0 < Self.isolation } ?? true
    }

    /// An idle worker takes such a job; a busy one only after it has been busy for 10 s.
    private func takesSuspect(_ round: FetchRound, at now: Duration) -> Bool {
        guard !runsSuspect(in: round) else { return false }
        return (attempts.count == 0 && round.jobs.isEmpty) || now - lastAlone > Self.patienceForSuspects
    }

    /// Claims parked jobs of kinds that other workers do not know and this one does.
    /// - Returns: how many were claimed.
    private func fetchParked(
        _ queue: ServedQueue, upTo most: Int, into round: inout FetchRound
    ) async throws(JobQueueError) -> Int {
        let rules = queue.rules
        var total = 0
        guard let worker = keeper.worker(on: rules.name) else { return 0 }
        for parked in try await admission.broker.maintenance.parked(in: rules.name)
        where queue.intake != nil || registry.passes(parked.gate) {
            guard most > total else { break }
            let grant = try await admission.grant(queue, upTo: min(most - total, parked.count), areThere: true)
            guard grant.jobs > 0 else { break }
            let answer = try await admission.broker.claims.fetchParked(
                at: parked.gate, from: rules.name, for: worker, limit: grant.jobs)
            let taken = await take(answer, by: worker, queue, grant, into: &round)
            try await admission.giveBack(grant, queue, used: taken)
            total += taken
        }
        return total
    }

    /// - Returns: how many jobs were claimed that spend their tokens.
    private func take(
        _ answer: FetchAnswer, by worker: WorkerID, _ queue: ServedQueue, _ grant: Admission.Grant,
        into round: inout FetchRound
    ) async -> Int {
        switch answer {
        case .jobs(let jobs):
            round.jobs += jobs.map { ClaimedJob(job: $0, queue: queue, reportsSuccess: grant.reportsSuccess) }
            // A canary calls nobody: its tokens are given back.
            return jobs.count { $0.kind != Canary.kind }
        case .paused: return 0
        case .leaseLost:
            await keeper.renew(worker)
            round.comeBack(after: .milliseconds(100))
            return 0
        }
    }

    /// Takes over jobs that this worker holds claims on according to Redis and does not run.
    private mutating func adoptClaims(
        _ queue: ServedQueue, into round: inout FetchRound
    ) async throws(JobQueueError) {
        let rules = queue.rules
        // Read before Redis is asked, and only this loop fetches: a claim that is not among these never became an
        // attempt. An attempt that is over may wait for the reply to its settlement while the job is claimed anew.
        let running = attempts.all.map(\.job).filter { $0.queue == rules.name }
        let known = Dictionary(
            grouping: running + round.jobs.map(\.job).filter { $0.queue == rules.name }, by: \.id
        ).mapValues { Set($0.map(\.fence)) }
        let claims = try await admission.broker.claims.claims(of: keeper.worker, in: rules.name)
        let lost = claims.filter {
            known[$0.id]?.contains($0.fence) != true && mayAdopt($0, among: claims)
        }
        unsure[rules.name] = nil
        // The answer of the circuit is lost with the reply, and reporting one success too many does no harm.
        round.jobs += lost.map { ClaimedJob(job: $0, queue: queue, reportsSuccess: rules.circuit != nil) }
        if lost.isEmpty { round.wait = .zero }
    }

    /// Counts the adoption of a claim, up to three; the fourth and later ones are refused.
    private mutating func mayAdopt(_ job: LeasedJob, among claims: [LeasedJob]) -> Bool {
        let ids = Set(claims.map(\.id))
        var counts = adoptions[job.queue, default: [:]].filter { ids.contains($0.key) }
        let before = counts[job.id].map { $0.fence == job.fence ? $0.count : 0 } ?? 0
        guard before < Self.mostAdoptions else { return false }
        counts[job.id] = (job.fence, before + 1)
        adoptions[job.queue] = counts
        logger.warning("job \(job.id) of '\(job.queue)' is claimed here and does not run: it runs now")
        return true
    }
}
