public import JobQueue

/// What became of dead jobs that were made ready again: `failed retry`.
public struct DeadRetryDocument: Encodable, Sendable {
    let count, selected, remaining: Int
    let ids, remainingIDs: [String]
    let kept: [KeptJobDocument]
    @OrNull var stopped: ReplayStopDocument?

    /// - Parameters:
    ///   - selected: how many jobs were asked for.
    ///   - kept: jobs that were not made ready although their turn came.
    ///   - stopped: why it ended before its end; nil when it did not.
    public init(
        _ outcome: ReplayOutcome, selected: Int, stillDead: [JobID], kept: [KeptJobDocument],
        stopped: ReplayStopDocument?
    ) {
        count = outcome.count
        self.selected = selected
        remaining = stillDead.count
        ids = outcome.retried.map(\.description)
        remainingIDs = stillDead.map(\.description)
        self.kept = kept
        self.stopped = stopped
    }

    enum CodingKeys: String, CodingKey {
        case count = "retry"
        case selected, remaining, ids
        case remainingIDs = "remaining_ids"
        case kept, stopped
    }
}

/// A dead job that was not made ready.
public struct KeptJobDocument: Encodable, Sendable {
    let id, reason: String
    /// The job that holds its unique key.
    @OrNull var holder: String?
    let message: String

    /// - Parameter message: the reason as a sentence.
    public init(_ job: KeptJob, message: String) {
        let holder: JobID? = if case .keyHeld(let holder) = job.answer { holder } else { nil }
        id = job.id.description
        reason = holder == nil ? "not-dead" : "unique-key-held"
        self.holder = holder?.description
        self.message = message
    }
}

/// Why a replay of dead jobs stopped.
public struct ReplayStopDocument: Encodable, Sendable {
    let reason: String
    @OrNull var id: String?
    let message: String

    /// - Parameter message: the reason as a sentence.
    public init(_ stop: ReplayStop, message: String) {
        switch stop {
        case .failed: reason = "failed"
        case .notSucceeded: reason = "not-succeeded"
        case .notOver: reason = "not-over"
        case .interrupted: reason = "interrupted"
        case .unavailable: reason = "unreachable"
        }
        switch stop {
        case .failed(let id, _), .notSucceeded(let id, _), .notOver(let id, _): self.id = id.description
        case .interrupted, .unavailable: id = nil
        }
        self.message = message
    }
}
