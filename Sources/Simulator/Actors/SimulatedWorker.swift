import JobQueue
import Redis
import Synchronization

/// One worker process: fetches, runs, settles; extends its lease; promotes and rescues. Works as `Worker` does, with
/// jobs that only take time.
final class SimulatedWorker: Sendable {
    /// An attempt that runs.
    struct Attempt: Sendable {
        let job: LeasedJob
        /// The policy under which it was admitted.
        let policy: SimulatedPolicy
        /// Simulation time, ms.
        var endsAt: Int64
        var isCancelled = false
    }

    struct State {
        var worker: WorkerID
        var isJoined = false
        var running: [Attempt] = []
        /// Queues with a failed fetch, which may have claimed jobs that this worker does not know, and the policy of
        /// that fetch.
        var unsure: [QueueName: SimulatedPolicy] = [:]
        var follower = VersionFollower()
        /// The policy from the next round on.
        var policy = SimulatedPolicy(version: 0)
    }

    let fleet: SimulatedFleet
    let broker: Broker
    private let life: LifeID
    let state: Mutex<State>
    private static let maxCrashes = 3

    init(fleet: SimulatedFleet, life: LifeID) {
        self.fleet = fleet
        self.life = life
        broker = fleet.broker()
        state = Mutex(State(worker: Self.name(fleet, life)))
    }

    private static func name(_ fleet: SimulatedFleet, _ life: LifeID) -> WorkerID {
        fleet.stage.random { WorkerID(host: "\(life)", pid: 1, using: &$0) }
    }

    var worker: WorkerID { state.withLock { $0.worker } }

    // MARK: Fetching and settling

    func work() async {
        await join()
        var turn = 0
        while fleet.stage.goesOn {
            turn += 1
            await settleEnded()
            // A round uses one policy, even if another becomes active meanwhile.
            let policy = state.withLock { $0.policy }
            let stage = fleet.stage
            if state.withLock({ $0.isJoined }) {
                stage.violate(fleet.policies.fetches(by: policy, stage.elapsed, sound: stage.soundSince))
            }
            for offset in fleet.queues.indices {
                let queue = fleet.queues[(turn + offset) % fleet.queues.count]
                do throws(JobQueueError) {
                    try await fetch(from: queue, by: policy)
                } catch {
                    state.withLock { $0.unsure[queue] = $0.unsure[queue] ?? policy }
                }
            }
            let now = fleet.stage.elapsed
            let end = state.withLock { $0.running.map(\.endsAt).min() } ?? .max
            let poll = fleet.stage.random { [tempo = fleet.tempo] in $0.span(50 * tempo, 2_000 * tempo) }
            _ = await fleet.stage.sleep(until: max(now + 1, min(end, now + poll)))
        }
        await drain()
    }

    private func fetch(from queue: QueueName, by policy: SimulatedPolicy) async throws(JobQueueError) {
        let (free, before, worker) = state.withLock {
            (policy.slots - $0.running.count, $0.unsure[queue], $0.worker)
        }
        if let before { return try await adopt(from: queue, as: worker, by: before) }
        guard free > 0 else { return }
        guard queue == fleet.limited.queue else {
            return try await fetch(from: queue, as: worker, by: policy, limit: free) { _ in }
        }
        guard try await broker.claims.hasReady(queue) else { return }
        let (limiter, name, now) = (fleet.limiter(broker), fleet.limited.bucket.name, fleet.stage.believedNow)
        let cost = policy.cost(of: fleet.limited.bucket)
        let use = LimitUse(name: name, cost: cost)
        let answer = try await limiter.take([use], most: free, for: queue.description)
        guard let jobs = answer?.taken, jobs > 0 else { return }
        let (entry, violation) = fleet.tokens.took(name, jobs * cost, now: now)
        fleet.stage.violate(violation)
        var taken = 0
        // Tokens of a failed fetch are lost.
        try await fetch(from: queue, as: worker, by: policy, limit: jobs) { taken = $0 }
        guard taken < jobs else { return }
        let left = (jobs - taken) * cost
        fleet.tokens.unused(name, entry: entry, left)
        // The time of the reply counts, which may be long after the request.
        defer { fleet.tokens.returned(name, left) }
        try await limiter.giveBack([use], jobs: jobs - taken)
    }

    private func fetch(
        from queue: QueueName, as worker: WorkerID, by policy: SimulatedPolicy, limit: Int, _ count: (Int) -> Void
    ) async throws(JobQueueError) {
        switch try await broker.claims.fetch(from: queue, for: worker, limit: limit) {
        case .jobs(let jobs):
            count(jobs.count)
            for job in jobs { begin(job, by: policy, adopted: false) }
        case .paused: return
        case .leaseLost: try await beat()
        }
    }

    /// Takes over jobs that this worker holds claims on according to Redis and does not run.
    private func adopt(
        from queue: QueueName, as worker: WorkerID, by policy: SimulatedPolicy
    ) async throws(JobQueueError) {
        let known = Set(state.withLock { $0.running.map(\.job.id) })
        let lost = try await broker.claims.claims(of: worker, in: queue).filter { !known.contains($0.id) }
        state.withLock { $0.unsure[queue] = nil }
        for job in lost.sorted(by: { $0.id < $1.id }) { begin(job, by: policy, adopted: true) }
    }

    private func begin(_ job: LeasedJob, by policy: SimulatedPolicy, adopted: Bool) {
        let stage = fleet.stage
        fleet.policies.admitted(job, by: policy)
        stage.violate(fleet.jobs.started(job, stage.moment, adopted: adopted))
        let time = stage.random { [lease = fleet.lease] random in
            // Most jobs are short; some take up to ten leases.
            random.happens(8_500) ? random.span(1, lease / 2) : Int64.random(in: lease...(10 * lease), using: &random)
        }
        let attempt = Attempt(job: job, policy: policy, endsAt: stage.elapsed + time)
        state.withLock { $0.running.append(attempt) }
    }

    private func settleEnded() async {
        let now = fleet.stage.elapsed
        for attempt in state.withLock({ state in state.running.filter { $0.endsAt <= now || $0.isCancelled } }) {
            fleet.stage.violate(fleet.policies.ended(attempt.job, by: attempt.policy))
            await settle(attempt)
            state.withLock { state in
                state.running.removeAll { $0.job.id == attempt.job.id && $0.job.fence == attempt.job.fence }
            }
        }
    }

    // MARK: The lease

    func keep() async {
        while await fleet.stage.sleep(for: fleet.lease / 4) {
            do throws(JobQueueError) {
                try await beat()
                try await follow()
            } catch {
                fleet.stage.say("heartbeat failed")
            }
        }
    }

    private func beat() async throws(JobQueueError) {
        let (worker, isJoined) = state.withLock { ($0.worker, $0.isJoined) }
        guard isJoined else { return }
        for queue in fleet.queues {
            let lease = Duration.milliseconds(fleet.lease)
            guard let cancelled = try await broker.claims.extendLease(on: queue, of: worker, lease: lease) else {
                return await rejoin(insteadOf: worker)
            }
            state.withLock { state in
                for at in state.running.indices where cancelled.contains(state.running[at].job.id) {
                    state.running[at].isCancelled = true
                }
            }
        }
    }

    /// Uses the active version from the next round on, as `PolicyKeeper` does.
    private func follow() async throws(JobQueueError) {
        let active = try await broker.schedules.activeVersion()
        guard state.withLock({ $0.follower.sees(active) }), let version = try await broker.schedules.schedule() else {
            return
        }
        state.withLock { state in
            state.policy = SimulatedPolicy(version: version.number)
            state.follower.takes(version.stamp)
        }
        fleet.stage.say("goes by version \(version.number)")
    }

    private func join() async {
        while !fleet.stage.isDead {
            do throws(JobQueueError) {
                try await follow()
                let worker = worker
                for queue in fleet.queues {
                    try await broker.claims.join(queue, as: worker, lease: .milliseconds(fleet.lease))
                }
                return state.withLock { $0.isJoined = true }
            } catch {
                _ = await fleet.stage.sleep(for: 200)
            }
        }
    }

    /// Joins again under another name. Most attempts are stopped; some cannot be, and will try to settle.
    private func rejoin(insteadOf old: WorkerID) async {
        let new = Self.name(fleet, life)
        let isStubborn = fleet.stage.random { $0.happens(4_000) }
        let isFirst = state.withLock { state in
            guard state.worker == old else { return false }
            state.worker = new
            state.isJoined = false
            state.unsure = [:]
            if !isStubborn { state.running.removeAll { $0.job.worker == old } }
            return true
        }
        guard isFirst else { return }
        fleet.stage.say("has lost its lease as \(old), goes on as \(new)")
        for queue in fleet.queues { try? await broker.claims.leave(queue, as: old) }
        await join()
    }

    /// Postpones running jobs, and gives up the leases.
    private func drain() async {
        for attempt in state.withLock({ $0.running }) {
            guard !fleet.stage.isDead else { return }
            await postpone(attempt.job, until: 0)
        }
        let worker = worker
        for queue in fleet.queues { try? await broker.claims.leave(queue, as: worker) }
    }

    // MARK: Maintenance

    func maintain() async {
        var round = 0
        while fleet.stage.goesOn {
            let pause = fleet.stage.random { [tempo = fleet.tempo] in $0.span(200 * tempo, 2_000 * tempo) }
            guard await fleet.stage.sleep(for: pause) else { return }
            round += 1
            do throws(JobQueueError) {
                for queue in fleet.queues {
                    try await broker.maintenance.promoteDue(in: queue)
                    if round % 2 == 0 {
                        _ = try await broker.maintenance.rescueExpired(in: queue, maxCrashes: Self.maxCrashes)
                    }
                    if round % 5 == 0 {
                        _ = try await broker.maintenance.judgeMissing(in: queue, maxCrashes: Self.maxCrashes)
                    }
                    if round % 20 == 0 {
                        try await broker.maintenance.sweepFinished(in: queue, olderThan: .seconds(90 * 86_400))
                    }
                }
            } catch {
                fleet.stage.say("maintenance was interrupted")
            }
        }
    }
}
