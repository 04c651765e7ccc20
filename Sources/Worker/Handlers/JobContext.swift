import Foundation
public import JobQueue
public import Logging
import Synchronization

/// The context that the worker passes to a handler.
public struct JobContext: Sendable {
    /// The job's options when the attempt began.
    public var options: JobOptions { means.options }
    /// The version of the schedule by which the job was claimed and runs; nil for a file that was never activated.
    public var scheduleVersion: ScheduleStamp? { means.policy.version }
    /// The handler's logger, which puts the job on every line. Created on first use: most handlers log nothing.
    public var logger: Logger {
        var logger = means.logger
        for tag in tags { tag(&logger) }
        return logger
    }
    private var tags: [@Sendable (inout Logger) -> Void] = []
    private var partID: JobID?
    /// One reference, because contexts are copied for every job.
    private let means: Means

    private final class Means: Sendable {
        let attempt: Attempt
        let options: JobOptions
        let broker: Broker
        let policy: WorkerPolicy
        let clock: any Clock<Duration>
        let prepaid: PrepaidTokens?
        let intake: JobIntake?
        let now: @Sendable () -> ContinuousClock.Instant
        let logger: Logger

        init(
            _ attempt: Attempt, _ options: JobOptions, _ broker: Broker, _ policy: WorkerPolicy, _ prepaid: [LimitUse],
            _ intake: JobIntake?, _ clock: any Clock<Duration>,
            _ now: @escaping @Sendable () -> ContinuousClock.Instant, _ logger: Logger
        ) {
            self.attempt = attempt
            self.options = options
            self.broker = broker
            self.policy = policy
            self.prepaid = prepaid.isEmpty ? nil : PrepaidTokens(prepaid)
            self.clock = clock
            self.intake = intake
            self.now = now
            self.logger = logger
        }
    }

    /// - Parameters:
    ///   - policy: that of the claim.
    ///   - prepaid: tokens taken before the job was claimed.
    ///   - intake: of the queue, when its jobs come from another program.
    init(
        attempt: Attempt, options: JobOptions, broker: Broker, policy: WorkerPolicy, prepaid: [LimitUse],
        intake: JobIntake? = nil, clock: any Clock<Duration>,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger
    ) {
        means = Means(attempt, options, broker, policy, prepaid, intake, clock, now, logger)
    }

    /// Of a queue whose jobs come from another program.
    var intake: JobIntake? { means.intake }

    /// Stops the attempt after this time from now at the latest, as if its queue allowed no longer.
    public func end(after time: Duration) { means.attempt.deadline = means.now() + time }

    /// Why the worker has stopped the attempt; nil while it has not.
    public var stopReason: StopReason? { means.attempt.stopReason }

    /// Adds metadata to every log line of the handler; for middleware.
    public mutating func tagLines(_ tag: @escaping @Sendable (inout Logger) -> Void) { tags.append(tag) }

    /// Whether lines of this level are written at all.
    public func logs(at level: Logger.Level) -> Bool { means.logger.logLevel <= level }

    /// The job as it is now, with the newest checkpoint.
    public var job: LeasedJob { means.attempt.job }
    /// The job's own id, or that of the part of it; ids of children and client ids of orders derive from it.
    public var id: JobID { partID ?? job.id }
    /// The number of this attempt, from 1.
    public var attempt: Int { job.attempt }

    /// The context of one part of the job's work: the same attempt and claim under an id of its own, so that what two
    /// parts write and enqueue does not meet. The same name gives the same id in every attempt.
    /// - Throws: `JobQueueError.badName` for a name that does not fit an id.
    public func part(_ name: String) throws(JobQueueError) -> JobContext {
        var part = self
        // Room for the ids that the part derives from its own.
        part.partID = id.description.utf8.count + name.utf8.count > 100 ? try id.shortChild(name) : try id.child(name)
        return part
    }

    /// Unix milliseconds by Redis' clock.
    public func now() async throws(JobQueueError) -> Int64 { try await means.broker.clock.now() }

    /// Takes tokens of a bucket for calls that this job makes, and waits for them until the deadline of the attempt.
    /// - Parameter callers: the class of the caller: its reserve is open to it.
    /// - Throws: `CancellationError` when the attempt ends first; `JobQueueError`.
    public func take(_ tokens: Int = 1, from limit: String, for callers: String) async throws {
        // Tokens taken before the claim pay for the first calls.
        let tokens = tokens - (means.prepaid?.use(limit, upTo: tokens) ?? 0)
        guard tokens > 0 else { return }
        let limiter = means.policy.limiter
        while let answer = try await limiter.take(limit, least: tokens, most: tokens, for: callers), answer.taken == 0 {
            try await means.clock.sleep(for: .milliseconds(min(max(answer.waitMilliseconds, 5), 5_000)))
        }
    }

    /// Closes a bucket for the whole fleet because its server refuses more calls for now (HTTP 429).
    public func close(_ limit: String, for duration: Duration) async throws {
        try await means.policy.limiter.close(limit, for: duration)
    }

    /// Asks Redis whether this worker still owns the job. To be called right before an effect that cannot be undone,
    /// such as an order.
    /// - Throws: `JobQueueError.leaseLost`.
    public func checkLease() async throws {
        guard try await means.broker.claims.holds(job) else { throw leaseLost }
    }

    /// Stores the job's progress for later attempts; it stays with the job until the next checkpoint. One call at a
    /// time.
    /// - Parameter value: up to 16 KiB as JSON.
    /// - Throws: `JobQueueError.leaseLost` when another worker has the job; nothing was stored then.
    public func checkpoint(_ value: some Encodable) async throws(JobQueueError) {
        guard let updated = try await means.broker.claims.checkpoint(job, try JobPayload(value)) else {
            throw leaseLost
        }
        means.attempt.job = updated
    }

    /// The newest checkpoint, of this attempt or one before; nil when there is none or it is of another shape.
    public func checkpoint<Value: Decodable>(as type: Value.Type) -> Value? {
        guard let text = JobOptions(text: job.options).checkpoint else { return nil }
        return try? JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// Sleeps; ends early with `CancellationError` when the attempt does.
    public func sleep(for duration: Duration) async throws { try await means.clock.sleep(for: duration) }

    private var leaseLost: JobQueueError {
        .leaseLost(worker: job.worker.description, queue: job.queue.description)
    }
}

/// The tokens that were taken before the job was claimed; each is used once.
private final class PrepaidTokens: Sendable {
    private let left: Mutex<[String: Int]>

    init(_ uses: [LimitUse]) { left = Mutex(Dictionary(uses.map { ($0.name, $0.cost) }, uniquingKeysWith: +)) }

    func use(_ name: String, upTo wanted: Int) -> Int {
        left.withLock { left in
            let used = min(left[name, default: 0], wanted)
            if used > 0 { left[name, default: 0] -= used }
            return used
        }
    }
}
