public import JobQueue

/// A job in any state: what `jobs show` prints, a line of an export, and an element of every list of jobs.
public struct JobDocument: Encodable, Sendable {
    let id, kind, queue, state: String
    let priority: Int
    let args: RawJSON
    /// The number of the attempt that runs or ran last; 0 before the first.
    let attempt: Int
    let maxAttempts: Int
    let enqueuedAt, runAt, startedAt, finishedAt: DocumentTime
    @OrNull var worker: String?
    @OrNull var error: JobFailureDocument?
    @OrNull var result: RawJSON?
    @OrNull var parentID: String?
    @OrNull var origin: String?
    @OrNull var schedule: String?
    /// Why it does not run, in words; null for a job that only waits for its time or turn.
    @OrNull var held: String?
    /// Null when they were not read; empty for a job that runs or is over.
    @OrNull var holds: [HoldDocument]?
    let crashes, losses: Int
    /// Newest last.
    let history: [JobEventDocument]

    /// - Parameters:
    ///   - queueAttempts: the attempts that the queue gives a job that has no number of its own.
    ///   - holds: what keeps it from running; nil when the caller did not read it.
    ///   - held: the first of these that a person may want to change, in words; a job that was postponed has its own.
    public init(_ job: StoredJob, queueAttempts: Int, holds: [HoldDocument]? = nil, held: String? = nil) {
        let envelope = job.envelope
        let options = JobOptions(text: envelope.options)
        id = job.id.description
        kind = envelope.kind.description
        queue = job.queue.description
        state = job.state.rawValue
        priority = envelope.priority
        args = RawJSON(String(decoding: envelope.payload, as: UTF8.self))
        attempt = job.attempt
        maxAttempts = options.maxAttempts ?? queueAttempts
        enqueuedAt = DocumentTime(envelope.enqueuedMilliseconds)
        runAt = DocumentTime(job.dueMilliseconds)
        startedAt = DocumentTime(job.startedMilliseconds)
        finishedAt = DocumentTime(envelope.finishedMilliseconds)
        worker = job.worker
        error = job.failure.map { JobFailureDocument($0) }
        result = Self.result(envelope.outcome)
        parentID = options.parentID
        origin = options.origin
        schedule = options.schedule
        self.held = job.heldBecause ?? held
        self.holds = job.state.isFinal || job.state == .running ? [] : holds
        crashes = envelope.crashes
        losses = envelope.losses
        history = job.timeline.map { JobEventDocument($0) }
    }

    private static func result(_ outcome: String) -> RawJSON? {
        guard outcome.hasPrefix("{\"result\":"), outcome.hasSuffix("}") else { return nil }
        return RawJSON(String(outcome.dropFirst(10).dropLast()))
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, queue, state, priority, args, attempt
        case maxAttempts = "max_attempts"
        case enqueuedAt = "enqueued_at"
        case runAt = "run_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case worker, error, result
        case parentID = "parent_id"
        case origin, schedule, held, holds, crashes, losses, history
    }
}

/// The error of the last attempt.
public struct JobFailureDocument: Encodable, Sendable {
    let type, message, fingerprint: String
    let at: DocumentTime

    /// Takes all of it.
    public init(_ failure: JobFailure) {
        type = failure.type
        message = failure.message
        fingerprint = failure.fingerprint
        at = DocumentTime(failure.at)
    }
}

/// One thing that happened to a job.
public struct JobEventDocument: Encodable, Sendable {
    let at: DocumentTime
    let event: String
    @OrNull var attempt: Int?
    @OrNull var worker: String?
    @OrNull var detail: String?

    /// Takes all of it.
    public init(_ event: JobEvent) {
        at = DocumentTime(event.at)
        self.event = event.event
        attempt = event.attempt
        worker = event.worker
        detail = event.detail
    }
}
