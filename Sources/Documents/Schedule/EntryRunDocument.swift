public import JobQueue

/// A job that was enqueued out of its entry's turn: `schedule run`.
public struct EntryRunDocument: Encodable, Sendable {
    let id, queue: String

    /// Takes what a program can go on with.
    public init(_ job: EnqueuedJob) {
        id = job.id.description
        queue = job.queue.description
    }
}

/// The ticks of a window that were caught up: `schedule backfill`.
public struct BackfillDocument: Encodable, Sendable {
    let ticks: [DocumentTime]
    let jobs: Int
    let isDryRun: Bool

    /// - Parameters:
    ///   - ticks: nominal times, unix milliseconds.
    ///   - jobs: how many were enqueued for them.
    public init(ticks: [Int64], jobs: Int, isDryRun: Bool) {
        self.ticks = ticks.map { DocumentTime($0) }
        self.jobs = jobs
        self.isDryRun = isDryRun
    }

    enum CodingKeys: String, CodingKey {
        case ticks, jobs
        case isDryRun = "dry_run"
    }
}
