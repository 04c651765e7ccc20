import JobQueue
import Logging

/// A job that this worker has claimed, and how it is to be run.
struct ClaimedJob: Sendable {
    let job: LeasedJob
    let queue: ServedQueue
    let reportsSuccess: Bool
}

/// What one look at all queues gave.
struct FetchRound: Sendable {
    /// What it went by.
    let serving: ServingPlan
    var jobs: [ClaimedJob] = []
    /// How long nothing can be had, unless a wake-up comes.
    var wait: Duration
    /// Attempts that were running when it began.
    var running: Int
    /// The queues that were asked.
    var asked: [QueueName] = []
    /// Whether slots are free that some queues may not use.
    var isHeldBack = false

    mutating func comeBack(after wait: Duration) { self.wait = min(self.wait, wait) }

    func ids(of queue: QueueName) -> [JobID] { jobs.map(\.job).filter { $0.queue == queue }.map(\.id) }
}

/// Claims jobs for a worker's free slots. Used by one loop only.
struct Fetcher: Sendable {
    private let admission: Admission
    private let registry: JobRegistry
    private let active: ActivePolicy
    private let attempts: RunningAttempts
    private let keeper: LeaseKeeper
    private let logger: Logger
    private let began = ContinuousClock.now
    /// What the order was made for.
    private var serving: ServingPlan
    private var order: QueueOrder
    /// Queues of which a fetch failed: it may have claimed jobs of which this worker does not know. What it claimed was
    /// admitted by the policy of then.
    private var unsure: [QueueName: ServedQueue] = [:]
    private var lookedAtParked: Duration?
    /// When this worker ran nothing, or took a job whose next crash would be its last.
    private var lastAlone = Duration.zero
    /// Since when such a job runs here.
    private var suspectSince: Duration?

    /// The most that a worker claims of a queue at a time, so that its neighbours get some too. It doubles each time a
    /// queue gives all it was asked for: there is enough for everybody then, and large batches cost less.
    private static let most = 64...256
    private var limits: [QueueName: Int] = [:]
    /// How often parked jobs are looked for: a worker that is idle is called for ready jobs only.
    private static let parkedInterval = Duration.seconds(2)
    /// A worker that was never idle for so long takes a job whose next crash would be its last beside what it runs.
    private static let patienceForSuspects = Duration.seconds(10)
    /// So long such a job has its worker for itself.
    private static let isolation = Duration.seconds(30)
    /// What a round says when nothing but a call, or a job in line, makes the next one worth it.
    static let idleInterval = Duration.seconds(15)

    init(
        admission: Admission, registry: JobRegistry, active: ActivePolicy, attempts: RunningAttempts,
        keeper: LeaseKeeper, logger: Logger
    ) {
        self.admission = admission
        self.registry = registry
        self.active = active
        self.attempts = attempts
        self.keeper = keeper
        self.logger = logger
        serving = active.current
        order = QueueOrder(of: serving)
    }

    /// Asks each queue once, in the order of the plan, for as many jobs as it may run. All of it goes by the policy
    /// that is active at its beginning. Its jobs are noted as running before `endRound`.
    mutating func round() async -> FetchRound {
        let newest = active.beginRound()
        if newest !== serving {
            serving = newest
            order = QueueOrder(of: newest, after: order)
        }
        var round = FetchRound(serving: serving, wait: Self.idleInterval, running: attempts.busy)
        for queue in unsure.values where !serving.serves(queue.rules.name) {
            await ask(queue, upTo: 0, false, false, into: &round)
        }
        let now = began.duration(to: .now)
        noteIsolation(at: now)
        let looksAtParked = isTimeForParked(at: now)
        var running = order.reservesSlots ? attempts.busyByQueue : [:]
        for queue in order.begin(at: now) {
            let free = attempts.free - round.jobs.count
            guard free > 0 else { break }
            guard !isIsolating(round, at: now) else {
                // When it ends there is a slot for the others, and nobody calls for it.
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
        // A call for a job that this worker may take only when it is idle has been answered by now.
        if attempts.count > 0, !takesSuspect(round, at: now) { round.comeBack(after: .seconds(2)) }
        return round
    }

    /// The jobs of the round are among the running attempts.
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
            // It joins at its next heartbeat; until then nothing is given to it.
            return round.comeBack(after: .milliseconds(500))
        }
        let grant = try await admission.grant(queue, upTo: most, areThere: false)
        guard grant.jobs > 0 else { return round.comeBack(after: grant.wait ?? round.wait) }
        // When it ends there may be another one to take, and nobody calls for it.
        if runsSuspect(in: round) { round.isHeldBack = true }
        let answer = try await admission.broker.fetch(
            from: queue.rules.name, for: worker, limit: grant.jobs, takesCrashed: takesSuspect)
        let taken = await take(answer, by: worker, queue, grant, into: &round)
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

    /// Whether nothing else is to begin here: what dies beside a job whose next crash would be its last must be that
    /// job's doing. A job that runs for long has its worker for itself in the beginning only.
    private func isIsolating(_ round: FetchRound, at now: Duration) -> Bool {
        guard runsSuspect(in: round) else { return false }
        return suspectSince.map { now - $0 < Self.isolation } ?? true
    }

    /// Such a job is taken by a worker that runs nothing; by a busy one only when it has been busy for long.
    private func takesSuspect(_ round: FetchRound, at now: Duration) -> Bool {
        guard !runsSuspect(in: round) else { return false }
        return (attempts.count == 0 && round.jobs.isEmpty) || now - lastAlone > Self.patienceForSuspects
    }

    /// Jobs that others could not run and this worker can.
    /// - Returns: how many were claimed.
    private func fetchParked(
        _ queue: ServedQueue, upTo most: Int, into round: inout FetchRound
    ) async throws(JobQueueError) -> Int {
        let rules = queue.rules
        var total = 0
        guard let worker = keeper.worker(on: rules.name) else { return 0 }
        for parked in try await admission.broker.parked(in: rules.name) where registry.passes(parked.gate) {
            guard most > total else { break }
            let grant = try await admission.grant(queue, upTo: min(most - total, parked.count), areThere: true)
            guard grant.jobs > 0 else { break }
            let answer = try await admission.broker.fetchParked(
                at: parked.gate, from: rules.name, for: worker, limit: grant.jobs)
            let taken = await take(answer, by: worker, queue, grant, into: &round)
            try await admission.giveBack(grant, queue, used: taken)
            total += taken
        }
        return total
    }

    /// - Returns: how many jobs were claimed.
    private func take(
        _ answer: FetchAnswer, by worker: WorkerID, _ queue: ServedQueue, _ grant: Admission.Grant,
        into round: inout FetchRound
    ) async -> Int {
        switch answer {
        case .jobs(let jobs):
            round.jobs += jobs.map { ClaimedJob(job: $0, queue: queue, reportsSuccess: grant.reportsSuccess) }
            return jobs.count
        case .paused: return 0
        case .leaseLost:
            await keeper.renew(worker)
            round.comeBack(after: .milliseconds(100))
            return 0
        }
    }

    /// Takes over what Redis says this worker holds and what it does not run.
    private mutating func adoptClaims(
        _ queue: ServedQueue, into round: inout FetchRound
    ) async throws(JobQueueError) {
        let rules = queue.rules
        // Noted before asking, and only this loop fetches: a claim that is not among them was never handed over.
        let running = attempts.all.map(\.job).filter { $0.queue == rules.name }.map(\.id)
        let known = Set(running + round.ids(of: rules.name))
        let lost = try await admission.broker.claims(of: keeper.worker, in: rules.name).filter {
            !known.contains($0.id)
        }
        unsure[rules.name] = nil
        // Nobody knows by which answer of the circuit they came, and a success too many does no harm.
        round.jobs += lost.map { ClaimedJob(job: $0, queue: queue, reportsSuccess: rules.circuit != nil) }
        if lost.isEmpty { round.wait = .zero }
    }
}
