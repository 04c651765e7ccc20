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
    /// Around each handler, the first one outermost.
    var middleware: [any JobMiddleware] = []
    var circuits: CircuitBreaker?

    /// Runs the attempt to its end and settles it; a claim that was lost is left to its new owner.
    func run(_ attempt: Attempt, rules: QueueRules) async {
        let job = attempt.job
        let options = JobOptions(text: job.envelope.options)
        let entry = registry.entry(of: job.envelope.kind)
        let outcome = isTooLate(job, options) ? .expired : await outcome(of: attempt, entry, options, rules)
        guard let outcome else { return }
        let now = (try? await broker.clock.now()) ?? job.startedMilliseconds
        var random = SystemRandomNumberGenerator()
        let settlement = rules.retry(of: job.envelope.kind, inCode: entry?.retry).settlement(
            of: outcome, attempt: job.attempt, maxAttempts: options.maxAttempts, now: now, using: &random)
        let logger = AttemptLogging.logger(logger, for: job)
        report(settlement, logger)
        await writer.write(settlement, of: attempt.job, logger: logger)
        if let name = rules.circuit, let circuits { await tell(circuits, name, outcome, attempt, logger) }
    }

    /// Only what was never begun can be too late: a later attempt has to finish, or undo, what the first one did.
    private func isTooLate(_ job: LeasedJob, _ options: JobOptions) -> Bool {
        guard let limit = options.freshUntilMilliseconds else { return false }
        return job.attempt == 1 && job.envelope.crashes == 0 && job.startedMilliseconds > limit
    }

    /// Nil when the lease was lost: the job is somebody else's now.
    private func outcome(
        of attempt: Attempt, _ entry: JobRegistry.Entry?, _ options: JobOptions, _ rules: QueueRules
    ) async -> AttemptOutcome? {
        let (job, version) = (attempt.job, options.version ?? 1)
        guard let entry, entry.version >= version else {
            return .parked(.kind(job.envelope.kind, version: version), reason: unknown(job.envelope.kind, version))
        }
        let context = JobContext(
            attempt: attempt, options: options, broker: broker, limiter: limiter, prepaid: rules.limits, clock: clock,
            logger: logger)
        let work = middleware.around { context in
            let offspring = try Offspring(of: job.id, options)
            return offspring.complete(try await entry.run(job.envelope.payload, context))
        }
        // A handle is needed: of structured children none can be cancelled alone. It is awaited below, always.
        let task = Task { try await work(context) }
        attempt.started(task)
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            attempt.stop(.shutdown)
        }
        attempt.handlerEnded()
        switch result {
        case .success(let output):
            return .succeeded(result: output.result, children: output.children, batch: output.batch)
        case .failure(let error):
            let now = (try? await broker.clock.now()) ?? job.startedMilliseconds
            return AttemptOutcome.of(error, stoppedBecause: attempt.stopReason, job, now: now)
        }
    }

    private func unknown(_ kind: JobKind, _ version: Int) -> String {
        let known = registry.kinds.map(\.description).joined(separator: ", ")
        let what = registry.entry(of: kind) == nil ? "kind '\(kind)'" : "version \(version) of kind '\(kind)'"
        return "no worker of this pool knows \(what); this one knows: \(known)"
    }

    private func report(_ settlement: Settlement, _ logger: Logger) {
        switch settlement {
        case .acknowledge(_, let children, _): logger.debug("succeeded", metadata: ["children": "\(children.count)"])
        case .retry(_, let failure): logger.warning("failed, will be tried again: \(failure.message)")
        case .deadLetter(let failure): logger.error("given up: \(failure.message)")
        case .postpone(_, let reason): logger.info("postponed: \(reason)")
        case .park(_, let reason): logger.warning("parked: \(reason)")
        case .cancel: logger.info("cancelled")
        case .expire: logger.warning("expired: it came too late to be started")
        }
    }

    /// A circuit hears of what failed, and of what went well when it has reason to ask; of nothing else.
    private func tell(
        _ circuits: CircuitBreaker, _ name: String, _ outcome: AttemptOutcome, _ attempt: Attempt, _ logger: Logger
    ) async {
        do {
            switch outcome {
            case .failed(let failure, _):
                try await circuits.failed(
                    name, fingerprint: failure.fingerprint, job: attempt.job.id,
                    startedAt: attempt.job.startedMilliseconds)
            case .succeeded where attempt.reportsSuccess:
                try await circuits.succeeded(name, startedAt: attempt.job.startedMilliseconds)
            case .succeeded, .refused, .parked, .postponed, .cancelled, .expired: break
            }
        } catch {
            logger.warning("the circuit '\(name)' could not be told how the attempt ended: \(error)")
        }
    }
}
