/// The outcome of a replay of dead jobs.
public struct ReplayOutcome: Sendable, Equatable {
    /// How many were made ready.
    public var count: Int
    /// Made ready, in that order.
    public var retried: [JobID]
    /// Released jobs that the replay saw die again.
    public var diedAgain: [JobID]
    /// Jobs that could not be made ready, and why.
    public var kept: [KeptJob] = []
    /// Not made ready: still dead, unless another caller has moved them.
    public var remaining: [JobID]
    /// Why it ended early; nil when all were released.
    public var stop: ReplayStop?
}

/// A job that did not change.
public struct KeptJob: Sendable, Equatable {
    /// The dead job that was chosen for the replay.
    public let id: JobID
    /// Why it was not made ready.
    public let answer: RequeueAnswer
}

/// Why a replay ended before all jobs were released.
public enum ReplayStop: Sendable, Equatable {
    /// A job failed; with an error that one of the jobs had died of, unless it was a canary.
    case failed(JobID, message: String)
    /// A canary was cancelled, has expired, or has no record.
    case notSucceeded(JobID, JobState?)
    /// A job that the replay waited for is not finished after this time.
    case notOver(JobID, Duration)
    /// The task was cancelled.
    case interrupted
    /// Redis failed or was not reachable; the last step may or may not have been taken.
    case unavailable(JobQueueError)
}

/// The progress of a replay.
public struct ReplayMoment: Sendable, Equatable {
    /// Made ready so far, of how many.
    public let released, total: Int
    /// How many released jobs are not known to be finished.
    public let underWay: Int
    /// The oldest unfinished job; nil when all are known to be finished.
    public let first: JobID?
    /// Whether they are the canaries.
    public let isCanary: Bool
}

/// The jobs that a replay has released, and their state as last read.
struct ReplayProgress {
    /// The fingerprints that the chosen jobs died with.
    let causes: Set<String>
    private(set) var kept: [KeptJob] = []
    private(set) var released: [JobID] = []
    private(set) var diedAgain: [JobID] = []
    /// Not known to be finished, oldest first.
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

    /// Records the state of a job.
    /// - Parameter record: nil for one without a record.
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
