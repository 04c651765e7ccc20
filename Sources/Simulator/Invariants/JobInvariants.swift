import JobQueue
import Synchronization

/// Records what Redis did with each job, and reports violations of invariants.
///
/// Of settlements it counts only those whose reply a worker has received: one whose reply was lost is *uncertain*, and
/// then both results are valid.
final class JobInvariants: Sendable {
    struct Story {
        let queue: QueueName
        /// A process received the reply that the job was accepted.
        var isCertain: Bool
        /// Unix ms; the job must not start before.
        var notBefore: Int64
        var starts = 0
        var retries = 0
        var postpones = 0
        /// Settlements that may have been carried out.
        var uncertain = 0
        /// Of the newest claim.
        var lastFence: Int64 = 0
        /// A claim whose reply was lost; its worker may adopt it.
        var unseen: Claim?
        /// Fences of claims that were started.
        var startedFences: Set<Int64> = []
        var final: JobEnvelope.StateCode?
        /// The operator has requeued or discarded it, or may have.
        var isTouched = false
        var isCancelAsked = false
    }

    /// A claim that Redis has given.
    struct Claim: Sendable {
        let id: String
        let queue: QueueName
        let worker: String
        let fence: Int64
        /// As it was then.
        let envelope: JobEnvelope
    }

    private struct State {
        var stories: [String: Story] = [:]
        /// The newest fence of each queue, and the worker that got it: all jobs of one fetch have the same fence.
        var fences: [QueueName: (fence: Int64, worker: String)] = [:]
        /// Jobs in claims whose reply was lost, by worker and queue.
        var unseen: [String: [QueueName: Set<String>]] = [:]
        /// When each worker was told that it has lost its lease, in simulation time.
        var leasesLost: [String: Int64] = [:]
        var starts = 0
        var settled = 0
        var refused = 0
    }

    private let state = Mutex(State())
    /// Whether the run has no faults: then no job may be rescued either.
    private let isCalm: Bool

    init(isCalm: Bool) { self.isCalm = isCalm }

    var count: Int { state.withLock { $0.stories.count } }
    var starts: Int { state.withLock { $0.starts } }
    var settled: Int { state.withLock { $0.settled } }
    var refused: Int { state.withLock { $0.refused } }
    /// By id.
    var stories: [(id: String, story: Story)] {
        state.withLock { state in state.stories.sorted { $0.key < $1.key }.map { (id: $0.key, story: $0.value) } }
    }

    func story(of id: String) -> Story? { state.withLock { $0.stories[id] } }

    /// The final state of a job that the operator has not requeued or discarded since.
    func settledEnd(of id: String) -> JobEnvelope.StateCode? {
        state.withLock { state in state.stories[id].flatMap { $0.isTouched ? nil : $0.final } }
    }

    /// Ids of unfinished jobs for operations of the operator, in order.
    func livingIDs(limit: Int) -> [String] {
        state.withLock { state in
            Array(state.stories.filter { $0.value.final == nil }.keys.sorted().suffix(limit))
        }
    }

    /// To be called before a job is enqueued.
    func announced(_ id: String, in queue: QueueName, notBefore: Int64) {
        state.withLock { state in
            guard state.stories[id] == nil else { return }
            state.stories[id] = Story(queue: queue, isCertain: false, notBefore: notBefore)
        }
    }

    /// - Parameter isNew: the answer that the producer got.
    func accepted(_ id: String, isNew: Bool) -> String? {
        state.withLock { state in
            guard let story = state.stories[id] else { return "job \(id) was accepted and nobody sent it" }
            if isNew, story.isCertain { return "job \(id) was accepted as new twice" }
            state.stories[id]?.isCertain = true
            return nil
        }
    }

    /// - Parameter isReceived: whether the worker has got the reply; else it may adopt the claim later.
    func claimed(_ claim: Claim, _ moment: SimulationScheduler.Moment, isReceived: Bool) -> String? {
        state.withLock { state in
            let (id, queue) = (claim.id, claim.queue)
            guard var story = state.stories[id] else { return "job \(id) was claimed and nobody enqueued it" }
            defer { state.stories[id] = story }
            story.isCertain = true
            if claim.fence <= story.lastFence {
                return "fence \(claim.fence) of job \(id) came after \(story.lastFence)"
            }
            story.lastFence = claim.fence
            let last = state.fences[queue] ?? (fence: 0, worker: claim.worker)
            state.fences[queue] = (fence: claim.fence, worker: claim.worker)
            if claim.fence < last.fence || claim.fence == last.fence && claim.worker != last.worker {
                return "queue \(queue) gave fence \(claim.fence) after \(last.fence)"
            }
            story.unseen = isReceived ? nil : claim
            if isReceived { return explain(claim, &story, &state, moment) }
            state.unseen[claim.worker, default: [:]][queue, default: []].insert(id)
            return nil
        }
    }

    /// Called when a worker asks for jobs: claims whose reply it did not get must have been adopted by then.
    func fetches(from queue: QueueName, _ worker: String) -> String? {
        state.withLock { state in
            let ids = state.unseen[worker]?.removeValue(forKey: queue) ?? []
            let left = ids.filter { state.stories[$0]?.unseen?.worker == worker }
            return left.min().map { "worker \(worker) asks \(queue) for more, and has not adopted job \($0)" }
        }
    }

    /// Called when a handler begins.
    func started(_ job: LeasedJob, _ moment: SimulationScheduler.Moment) -> String? {
        state.withLock { state in
            let id = job.id.description
            guard var story = state.stories[id] else { return "job \(id) started and nobody enqueued it" }
            defer { state.stories[id] = story }
            guard story.startedFences.insert(job.fence).inserted else {
                return "job \(id) started twice under fence \(job.fence)"
            }
            // A worker that was paused may start an attempt whose job others have claimed meanwhile.
            guard let claim = story.unseen, claim.fence == job.fence else { return nil }
            story.unseen = nil
            return explain(claim, &story, &state, moment)
        }
    }

    /// Called when maintenance has mended due times: with a reading of the clock from before a jump it takes some for
    /// far ahead that are right, and those jobs start early.
    func mended(in queue: QueueName, beyond far: Int64) {
        state.withLock { state in
            for (id, story) in state.stories where story.queue == queue && story.notBefore > far {
                state.stories[id]?.notBefore = 0
            }
        }
    }

    /// Called when a worker is told that it has lost its lease.
    func leaseLost(by worker: String, _ elapsed: Int64) {
        state.withLock { $0.leasesLost[worker] = min($0.leasesLost[worker] ?? .max, elapsed) }
    }

    /// Called when a handler that stops when it is told to has gone on to its end.
    /// - Parameter patience: how long its worker may take to tell it, ms.
    func wentOn(_ job: LeasedJob, _ elapsed: Int64, patience: Int64) -> String? {
        let lost = state.withLock { $0.leasesLost[job.worker.description] }
        guard let lost, elapsed - lost > patience else { return nil }
        return "job \(job.id) went on for \(elapsed - lost) ms after \(job.worker) had lost its lease"
    }

    /// Whether retries, postponements, crashes and lost replies explain another attempt.
    private func explain(
        _ claim: Claim, _ story: inout Story, _ state: inout State, _ moment: SimulationScheduler.Moment
    ) -> String? {
        let id = claim.id
        state.starts += 1
        story.starts += 1
        if story.final != nil, !story.isTouched { return "job \(id) started again after its end" }
        if moment.highestWall < story.notBefore { return "job \(id) started before \(story.notBefore)" }
        if story.isTouched { return nil }
        let attempts = claim.envelope.attempts
        if attempts < story.retries || attempts > story.retries + story.uncertain {
            return "job \(id) has \(attempts) attempts; \(story.retries) were spent"
        }
        let taken = claim.envelope.strikes + claim.envelope.losses
        let allowed = 1 + story.retries + story.postpones + story.uncertain + taken
        if story.starts > allowed { return "job \(id) started \(story.starts) times; \(allowed) are explained" }
        return isCalm && taken > 0 ? "job \(id) was taken from a healthy worker" : nil
    }

    /// The end of an attempt, as its worker received it.
    enum Verdict: Sendable {
        case finished(JobEnvelope.StateCode)
        case retried(at: Int64)
        case postponed(until: Int64)
    }

    func settled(_ id: String, fence: Int64, _ verdict: Verdict) -> String? {
        state.withLock { state in
            guard var story = state.stories[id] else { return "job \(id) was settled and nobody enqueued it" }
            defer { state.stories[id] = story }
            state.settled += 1
            if fence < story.lastFence {
                return "job \(id) was settled under fence \(fence) after fence \(story.lastFence) was given out"
            }
            if story.final != nil, !story.isTouched { return "job \(id) was settled twice" }
            switch verdict {
            case .finished(let stateCode): story.final = stateCode
            case .retried(let due):
                story.retries += 1
                story.notBefore = due
            case .postponed(let due):
                story.postpones += 1
                story.notBefore = due
            }
            return nil
        }
    }

    func refusedToSettle() { state.withLock { $0.refused += 1 } }

    /// The reply of a settlement was lost.
    func mayHaveSettled(_ id: String) { state.withLock { $0.stories[id]?.uncertain += 1 } }

    func touched(_ id: String) { state.withLock { $0.stories[id]?.isTouched = true } }
    func cancelAsked(_ id: String) { state.withLock { $0.stories[id]?.isCancelAsked = true } }
}
