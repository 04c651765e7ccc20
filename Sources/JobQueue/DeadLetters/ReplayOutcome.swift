/// What a replay of dead jobs came to.
public struct ReplayOutcome: Sendable, Equatable {
    /// How many were made ready.
    public var count: Int
    /// Made ready, in that order.
    public var retried: [JobID]
    /// Those of them that were seen to die again.
    public var diedAgain: [JobID]
    /// Those that were to be made ready and were not, and why.
    public var kept: [KeptJob] = []
    /// Not made ready: still dead, unless another caller has moved them.
    public var remaining: [JobID]
    /// Why it ended early; nil when all have gone.
    public var stop: ReplayStop?
}

/// A job that stayed as it was.
public struct KeptJob: Sendable, Equatable {
    /// The dead job that was chosen for the replay.
    public let id: JobID
    /// Why it was not made ready.
    public let answer: RequeueAnswer
}

/// Why a replay ended before all jobs had gone.
public enum ReplayStop: Sendable, Equatable {
    /// A job failed; with an error that one of the jobs had died of, unless it was a canary.
    case failed(JobID, message: String)
    /// A canary was cancelled, has expired, or is not remembered.
    case notSucceeded(JobID, JobState?)
    /// A job that was waited for is not over after this time.
    case notOver(JobID, Duration)
    /// The task was cancelled.
    case interrupted
    /// Redis did not do what was asked; the last step may or may not have been taken.
    case unavailable(JobQueueError)
}

/// How far a replay is.
public struct ReplayMoment: Sendable, Equatable {
    /// Made ready so far, of how many.
    public let released, total: Int
    /// Of those that were made ready, how many are not known to be over, and which is the oldest.
    public let underWay: Int
    /// The oldest job under way; nil when all are known to be over.
    public let first: JobID?
    /// Whether they are the canaries.
    public let isCanary: Bool
}

/// Which jobs a replay has released, and what is known of them.
struct ReplayProgress {
    /// The fingerprints that the chosen jobs died with.
    let causes: Set<String>
    private(set) var kept: [KeptJob] = []
    private(set) var released: [JobID] = []
    private(set) var diedAgain: [JobID] = []
    /// Not known to be over, oldest first.
    private(set) var underWay: [StoredJob] = []

    init(causes: Set<String>) { self.causes = causes }

    /// Jobs made ready.
    var count: Int { released.count }

    func moment(of total: Int, _ step: ReplayStep) -> ReplayMoment {
        ReplayMoment(
            released: count, total: total, underWay: underWay.count, first: underWay.first?.id,
            isCanary: step.mustSucceed)
    }

    mutating func keep(_ jobs: [(JobID, RequeueAnswer)]) { kept += jobs.map { KeptJob(id: $0.0, answer: $0.1) } }

    mutating func add(_ jobs: [StoredJob]) {
        released += jobs.map(\.id)
        underWay += jobs
    }

    /// Takes down what a job's record says.
    /// - Parameter record: nil for one that is not remembered.
    /// - Returns: why the replay stops; nil when it goes on.
    mutating func note(_ id: JobID, _ record: JobEnvelope?, mustSucceed: Bool) -> ReplayStop? {
        let failure = record.flatMap { JobFailure(outcome: $0.outcome) }
        let state = record.flatMap(\.stateCode.finalState)
        let isKnown = failure.map { causes.contains($0.fingerprint) } ?? false
        if record == nil || state != nil { underWay.removeAll { $0.id == id } }
        if state == .dead {
            diedAgain.append(id)
            return mustSucceed || isKnown ? .failed(id, message: failure?.message ?? "It died without an error.") : nil
        }
        if mustSucceed {
            let isOver = record == nil || state != nil
            return isOver && state != .succeeded ? .notSucceeded(id, state) : nil
        }
        return isKnown && state == nil ? .failed(id, message: failure?.message ?? "") : nil
    }
}
