import JobQueue
import Synchronization

/// Records the replies that processes got about each job, and reports violations of invariants.
///
/// It uses only replies that a process has received: a request whose reply was lost is *uncertain*, and then both
/// results are valid.
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
        var lastFence: Int64 = 0
        var final: JobEnvelope.StateCode?
        /// The operator has requeued or discarded it, or may have.
        var isTouched = false
        var isCancelAsked = false
    }

    private struct State {
        var stories: [String: Story] = [:]
        /// The newest fence of each queue, and the worker that got it: all jobs of one fetch have the same fence.
        var fences: [QueueName: (fence: Int64, worker: WorkerID)] = [:]
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

    func started(_ job: LeasedJob, _ moment: SimulationScheduler.Moment, adopted: Bool) -> String? {
        state.withLock { state in
            let id = job.id.description
            guard var story = state.stories[id] else { return "job \(id) started and nobody enqueued it" }
            defer { state.stories[id] = story }
            state.starts += 1
            story.starts += 1
            story.isCertain = true
            defer { story.lastFence = max(story.lastFence, job.fence) }
            if job.fence <= story.lastFence { return "fence \(job.fence) of job \(id) came after \(story.lastFence)" }
            if !adopted {
                let last = state.fences[job.queue] ?? (fence: 0, worker: job.worker)
                state.fences[job.queue] = (fence: job.fence, worker: job.worker)
                if job.fence < last.fence || job.fence == last.fence && job.worker != last.worker {
                    return "queue \(job.queue) gave fence \(job.fence) after \(last.fence)"
                }
            }
            if story.final != nil, !story.isTouched { return "job \(id) started again after its end" }
            if moment.highestWall < story.notBefore { return "job \(id) started before \(story.notBefore)" }
            if story.isTouched { return nil }
            let attempts = job.envelope.attempts
            if attempts < story.retries || attempts > story.retries + story.uncertain {
                return "job \(id) has \(attempts) attempts; \(story.retries) were spent"
            }
            let taken = job.envelope.strikes + job.envelope.losses
            let allowed = 1 + story.retries + story.postpones + story.uncertain + taken
            if story.starts > allowed { return "job \(id) started \(story.starts) times; \(allowed) are explained" }
            return isCalm && taken > 0 ? "job \(id) was taken from a healthy worker" : nil
        }
    }

    /// The end of an attempt, as its worker received it.
    enum Verdict: Sendable {
        case finished(JobEnvelope.StateCode)
        case retried(at: Int64)
        case postponed(until: Int64)
    }

    func settled(_ job: LeasedJob, _ verdict: Verdict) -> String? {
        state.withLock { state in
            let id = job.id.description
            guard var story = state.stories[id] else { return "job \(id) was settled and nobody enqueued it" }
            defer { state.stories[id] = story }
            state.settled += 1
            if job.fence < story.lastFence {
                return "job \(id) was settled under fence \(job.fence) after fence \(story.lastFence) was given out"
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

    /// The reply was lost.
    func mayHaveSettled(_ job: LeasedJob) {
        state.withLock { $0.stories[job.id.description]?.uncertain += 1 }
    }

    func touched(_ id: String) { state.withLock { $0.stories[id]?.isTouched = true } }
    func cancelAsked(_ id: String) { state.withLock { $0.stories[id]?.isCancelAsked = true } }
}
