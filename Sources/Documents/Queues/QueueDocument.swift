public import JobQueue

/// The numbers of one queue, and what holds its jobs back: `queues list`, and an element of `status`.
public struct QueueDocument: Encodable, Sendable {
    let name: String
    let ready, running, scheduled, retrying, parked, waiting, dead: Int
    let isPaused: Bool
    @OrNull var pausedReason: String?
    let pausedUntil: DocumentTime
    let oldestWaitMs: Int64
    let processed1m: Int
    /// Attempts, not jobs.
    let failed1m: Int
    /// Since the queue exists, as all that follow.
    let enqueued, succeeded, crashes, losses, ticksSkipped: Int
    let lastCanary: DocumentTime
    let holds: [HoldDocument]

    /// - Parameter holds: in the order in which they have to end before a job can run.
    public init(_ counts: QueueCounts, holds: [HoldDocument]) {
        name = counts.name
        ready = counts.ready
        running = counts.running
        scheduled = counts.scheduled
        retrying = counts.retrying
        parked = counts.parked
        waiting = counts.waiting
        dead = counts.dead
        isPaused = counts.pausedBecause != nil
        pausedReason = counts.pausedBecause
        pausedUntil = DocumentTime(counts.pausedUntilMilliseconds)
        oldestWaitMs = counts.oldestWaitMilliseconds
        processed1m = counts.processedLastMinute
        failed1m = counts.failedLastMinute
        enqueued = counts.enqueued
        succeeded = counts.succeeded
        crashes = counts.crashes
        losses = counts.losses
        ticksSkipped = counts.ticksSkipped
        lastCanary = DocumentTime(counts.canaryMilliseconds)
        self.holds = holds
    }

    enum CodingKeys: String, CodingKey {
        case name, ready, running, scheduled, retrying, parked, waiting, dead
        case isPaused = "paused"
        case pausedReason = "paused_reason"
        case pausedUntil = "paused_until"
        case oldestWaitMs = "oldest_wait_ms"
        case processed1m = "processed_1m"
        case failed1m = "failed_1m"
        case enqueued, succeeded, crashes, losses
        case ticksSkipped = "ticks_skipped"
        case lastCanary = "last_canary"
        case holds
    }
}
