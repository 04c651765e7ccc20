public import JobQueue
public import Logging
import Synchronization

/// What a running job is given.
public struct JobContext: Sendable {
    public let job: LeasedJob
    /// Carries job id, kind, queue and attempt with every line.
    public let logger: Logger
    private let broker: Broker
    private let limiter: RateLimiter
    private let clock: any Clock<Duration>
    private let prepaid: PrepaidToken

    init(
        job: LeasedJob, broker: Broker, limiter: RateLimiter, prepaidLimit: String?, clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.job = job
        self.broker = broker
        self.limiter = limiter
        self.clock = clock
        prepaid = PrepaidToken(limit: prepaidLimit)
        var logger = logger
        logger[metadataKey: "job"] = "\(job.id)"
        logger[metadataKey: "kind"] = "\(job.envelope.kind)"
        logger[metadataKey: "attempt"] = "\(job.attempt)"
        self.logger = logger
    }

    public var id: JobID { job.id }
    public var attempt: Int { job.attempt }

    /// Unix milliseconds by Redis' clock.
    public func now() async throws(JobQueueError) -> Int64 { try await broker.clock.now() }

    /// Takes tokens of a bucket for calls that this job makes, waiting for them as long as the attempt may take.
    /// - Parameter callers: the class of the caller: its reserve is open to it.
    /// - Throws: `CancellationError` when the attempt ends first; `JobQueueError`.
    public func take(_ tokens: Int = 1, from limit: String, for callers: String) async throws {
        // The token that the job waited for in its queue pays for its first call.
        let tokens = tokens - (prepaid.use(limit) ? 1 : 0)
        guard tokens > 0 else { return }
        while let answer = try await limiter.take(limit, least: tokens, most: tokens, for: callers), answer.taken == 0 {
            try await clock.sleep(for: .milliseconds(min(max(answer.waitMilliseconds, 5), 5_000)))
        }
    }

    /// Tells the whole fleet that the server behind a bucket refuses more calls for now (HTTP 429).
    public func close(_ limit: String, for duration: Duration) async throws {
        try await limiter.close(limit, for: duration)
    }

    /// Asks Redis whether this worker still owns the job. To be called right before what cannot be taken back.
    /// - Throws: `JobQueueError.leaseLost`.
    public func checkLease() async throws {
        guard try await broker.holds(job) else {
            throw JobQueueError.leaseLost(worker: job.worker.description, queue: job.queue.description)
        }
    }

    /// Sleeps; ends early with `CancellationError` when the attempt does.
    public func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}

/// The token that was taken before the job was claimed; used once.
private final class PrepaidToken: Sendable {
    private let limit: Mutex<String?>

    init(limit: String?) { self.limit = Mutex(limit) }

    func use(_ name: String) -> Bool {
        limit.withLock { limit in
            guard limit == name else { return false }
            limit = nil
            return true
        }
    }
}
