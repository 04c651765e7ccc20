import JobQueue
import Logging

/// Runs one attempt: decode, run under the deadline, settle.
struct JobRunner: Sendable {
    let broker: Broker
    let limiter: RateLimiter
    let registry: JobRegistry
    let writer: SettlementWriter
    let clock: any Clock<Duration>
    let logger: Logger

    /// Runs the attempt to its end and settles it; a claim that was lost is left to its new owner.
    func run(_ attempt: Attempt, rules: QueueRules) async {
        let context = JobContext(
            job: attempt.job, broker: broker, limiter: limiter, prepaidLimit: rules.limit, clock: clock, logger: logger)
        let options = JobOptions(text: attempt.job.envelope.options)
        let outcome = isTooLate(attempt.job, options) ? .expired : await outcome(of: attempt, options, context)
        guard let outcome else { return }
        let now = (try? await broker.clock.now()) ?? attempt.job.startedMilliseconds
        var random = SystemRandomNumberGenerator()
        let settlement = rules.retry.settlement(
            of: outcome, attempt: attempt.job.attempt, maxAttempts: options.maxAttempts, now: now, using: &random)
        report(settlement, context)
        await writer.write(settlement, of: attempt.job, logger: context.logger)
    }

    /// Only what was never begun can be too late: a later attempt has to finish, or undo, what the first one did.
    private func isTooLate(_ job: LeasedJob, _ options: JobOptions) -> Bool {
        guard let limit = options.freshUntilMilliseconds else { return false }
        return job.attempt == 1 && job.envelope.crashes == 0 && job.startedMilliseconds > limit
    }

    /// Nil when the lease was lost: the job is somebody else's now.
    private func outcome(of attempt: Attempt, _ options: JobOptions, _ context: JobContext) async -> AttemptOutcome? {
        let job = attempt.job
        let version = options.version ?? 1
        guard let entry = registry.entry(of: job.envelope.kind), entry.version >= version else {
            return .parked(.kind(job.envelope.kind, version: version), reason: unknown(job.envelope.kind, version))
        }
        // A handle is needed: of structured children none can be cancelled alone. It is awaited below, always.
        let task = Task { try await entry.run(job.envelope.payload, context) }
        attempt.started(task)
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            attempt.stop(.shutdown)
        }
        attempt.handlerEnded()
        switch result {
        case .success(let output): return .succeeded(result: output.result, children: output.children)
        case .failure(let error):
            return ending(of: attempt, error, now: (try? await broker.clock.now()) ?? job.startedMilliseconds)
        }
    }

    private func unknown(_ kind: JobKind, _ version: Int) -> String {
        let known = registry.kinds.map(\.description).joined(separator: ", ")
        let what = registry.entry(of: kind) == nil ? "kind '\(kind)'" : "version \(version) of kind '\(kind)'"
        return "no worker of this pool knows \(what); this one knows: \(known)"
    }

    private func ending(of attempt: Attempt, _ error: any Error, now: Int64) -> AttemptOutcome? {
        let job = attempt.job
        switch attempt.stopReason {
        case .leaseLost: return nil
        case .cancelRequested: return .cancelled
        case .shutdown: return .postponed(until: 0, reason: "the worker was stopped")
        case .timedOut where error is CancellationError || Task.isCancelled || isCancellation(error):
            return .failed(failure("timeout", "The attempt took longer than it may.", job), notBefore: nil)
        case .timedOut, nil: break
        }
        switch error {
        case JobQueueError.leaseLost: return nil
        case JobStop.refuse(let type, let message): return .refused(failure(type, message, job))
        case JobStop.postpone(let milliseconds, let reason):
            return .postponed(until: now + min(milliseconds, Self.longestWait), reason: reason)
        case JobStop.failNotBefore(let milliseconds, let type, let message):
            return .failed(failure(type, message, job), notBefore: now + min(milliseconds, Self.longestWait))
        default: return .failed(failure("\(type(of: error))", "\(error)", job), notBefore: nil)
        }
    }

    /// A year, in milliseconds: a server that asks for more is not believed.
    private static let longestWait: Int64 = 365 * 86_400_000

    /// Clients turn a cancellation into an error of their own; after a deadline it is the deadline that counts.
    private func isCancellation(_ error: any Error) -> Bool { "\(error)".contains("cancel") }

    private func failure(_ type: String, _ message: String, _ job: LeasedJob) -> JobFailure {
        JobFailure(type: type, message: message, at: job.startedMilliseconds)
    }

    private func report(_ settlement: Settlement, _ context: JobContext) {
        switch settlement {
        case .acknowledge(_, let children, _):
            context.logger.debug("succeeded", metadata: ["children": "\(children.count)"])
        case .retry(_, let failure): context.logger.warning("failed, will be tried again: \(failure.message)")
        case .deadLetter(let failure): context.logger.error("given up: \(failure.message)")
        case .postpone(_, let reason): context.logger.info("postponed: \(reason)")
        case .park(_, let reason): context.logger.warning("parked: \(reason)")
        case .cancel: context.logger.info("cancelled")
        case .expire: context.logger.warning("expired: it came too late to be started")
        }
    }
}
