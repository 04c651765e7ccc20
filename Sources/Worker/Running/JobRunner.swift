import JobQueue
import Logging

/// Runs one attempt: decode, run under the deadline, settle.
final class JobRunner: Sendable {
    let broker: Broker
    let registry: JobRegistry
    let writer: SettlementWriter
    let attempts: RunningAttempts
    private let runtime: WorkerRuntime
    let logger: Logger
    /// Each kind's handler with the middleware around it.
    private let steps: [JobKind: JobMiddlewareStep]
    /// Runs a job of an intake, with the same middleware.
    private let intakeStep: JobMiddlewareStep

    /// - Parameter middleware: around each handler, the first one outermost.
    init(
        broker: Broker, registry: JobRegistry, writer: SettlementWriter, attempts: RunningAttempts,
        runtime: WorkerRuntime, logger: Logger, middleware: [any JobMiddleware] = []
    ) {
        self.broker = broker
        self.registry = registry
        self.writer = writer
        self.attempts = attempts
        self.runtime = runtime
        self.logger = logger
        steps = registry.handlers.mapValues { handler in
            middleware.around { context in
                let childJobs = try ChildJobs(of: context.id, context.options)
                return childJobs.complete(try await handler.run(context.job.payload, context))
            }
        }
        intakeStep = middleware.around { context in
            guard let intake = context.intake else { return JobOutput() }
            return try await intake.run(context)
        }
    }

    /// Runs the attempt to its end and starts its settlement; when the claim was lost nothing is written. The attempt
    /// is removed from the running attempts when it is settled, which may be later.
    func run(_ attempt: Attempt, of queue: ServedQueue) async {
        guard attempt.job.kind != Canary.kind else { return await settleCanary(attempt) }
        let rules = queue.rules
        guard let (outcome, closed) = await end(of: attempt, queue) else { return attempts.remove([attempt]) }
        let job = attempt.job
        guard case .acknowledge(let output) = closed.settlement, rules.circuit == nil else {
            await writer.write(closed, of: job, logger: logger)
            if let name = rules.circuit, let circuits = queue.policy.circuits {
                await tell(circuits, name, outcome, attempt)
            }
            return attempts.remove([attempt])
        }
        var completion = Completion(job, output: output)
        completion.writes = closed.writes
        completion.rememberedArguments = closed.rememberedArguments
        // The record is serialised here, in parallel across slots, and not in the single writer.
        if let now = try? await broker.clock.now() { completion.freeze(now: now) }
        writer.acknowledge(completion, of: attempt, logger)
    }

    /// A canary has nothing to run. One that cannot be settled is handed out again when its lease has ended.
    private func settleCanary(_ attempt: Attempt) async {
        do { _ = try await broker.claims.settleCanary(attempt.job) } catch {
            logger.warning("canary \(attempt.job.id) of '\(attempt.job.queue)' could not be settled: \(error)")
        }
        attempts.remove([attempt])
    }

    /// Runs the handler, and decides the settlement of the job.
    private func end(of attempt: Attempt, _ queue: ServedQueue) async -> (AttemptOutcome, ClosedAttempt)? {
        let job = attempt.job
        let options = JobOptions(text: job.options)
        let handler = registry.handlers[job.kind]
        let outcome = isTooLate(job, options) ? .expired : await outcome(of: attempt, handler, options, queue)
        guard let outcome else { return nil }
        // A success needs no time.
        let isGood = if case .succeeded = outcome { true } else { false }
        let now = isGood ? 0 : await time(of: job)
        var random = runtime.random
        let settlement = queue.rules.retry(of: job.kind, inCode: handler?.retry).settlement(
            of: outcome, attempt: job.attempt, maxAttempts: options.maxAttempts, now: now, using: &random)
        var closed = ClosedAttempt(settlement)
        if let intake = queue.intake {
            closed = await intake.close(
                EndedAttempt(
                    job: attempt.job, settlement: settlement, stopReason: attempt.stopReason, nowMilliseconds: now))
        }
        report(closed.settlement, of: job)
        return (outcome, closed)
    }

    /// The time from which a retry or a postponement is counted, unix milliseconds. While Redis does not answer it is
    /// estimated: counted from the start of a long attempt, the retry of a long attempt would have no delay left.
    private func time(of job: LeasedJob) async -> Int64 {
        do { return try await broker.clock.now() } catch {
            let estimate = broker.clock.estimate(atLeast: job.startedMilliseconds)
            AttemptLogging.logger(logger, for: job).warning("the time is estimated, Redis does not tell it: \(error)")
            return estimate
        }
    }

    /// Only a job that has never started can expire: a later attempt has to finish, or undo, the work of the first one.
    private func isTooLate(_ job: LeasedJob, _ options: JobOptions) -> Bool {
        guard let limit = options.freshUntilMilliseconds else { return false }
        return !job.hasBegunBefore && job.startedMilliseconds > limit
    }

    /// Nil when the lease was lost: another worker has the job.
    private func outcome(
        of attempt: Attempt, _ handler: JobRegistry.Registered?, _ options: JobOptions, _ queue: ServedQueue
    ) async -> AttemptOutcome? {
        let (job, version) = (attempt.job, options.version ?? 1)
        let known = handler.map { $0.version >= version } == true ? steps[job.kind] : nil
        guard let step = queue.intake == nil ? known : intakeStep else {
            return .parked(.kind(job.kind, version: version), reason: unknown(job.kind, version))
        }
        let context = JobContext(
            attempt: attempt, options: options, broker: broker, policy: queue.policy, prepaid: queue.rules.limits,
            intake: queue.intake, clock: runtime.clock, now: runtime.now, logger: logger)
        let result: Result<JobOutput, any Error>
        do { result = .success(try await step(context)) } catch { result = .failure(error) }
        attempts.handlerEnded(attempt)
        switch result {
        case .success(let output): return .succeeded(output)
        case .failure(let error):
            return AttemptOutcome.of(error, stoppedBecause: attempt.stopReason, job, now: await time(of: job))
        }
    }

    private func unknown(_ kind: JobKind, _ version: Int) -> String {
        let known = registry.kinds.map(\.description).joined(separator: ", ")
        let what = registry.handlers[kind] == nil ? "kind '\(kind)'" : "version \(version) of kind '\(kind)'"
        return "no worker of this pool knows \(what); this one knows: \(known)"
    }

    private func report(_ settlement: Settlement, of job: LeasedJob) {
        if case .acknowledge = settlement, logger.logLevel > .debug { return }
        let logger = AttemptLogging.logger(logger, for: job)
        switch settlement {
        case .acknowledge(let output): logger.debug("succeeded", metadata: ["children": "\(output.children.count)"])
        case .retry(_, let failure): logger.warning("failed, will be tried again: \(failure.message)")
        case .deadLetter(let failure): logger.error("given up: \(failure.message)")
        case .postpone(_, let reason): logger.info("postponed: \(reason)")
        case .park(_, let reason): logger.warning("parked: \(reason)")
        case .cancel: logger.info("cancelled")
        case .expire: logger.warning("expired: it came too late to be started")
        }
    }

    /// Reports failures to the circuit, and successes when the circuit asked for them; no other outcome.
    private func tell(
        _ circuits: CircuitBreaker, _ name: String, _ outcome: AttemptOutcome, _ attempt: Attempt
    ) async {
        do {
            switch outcome {
            case .failed(let failure, _):
                let opens = try await circuits.failed(
                    name, fingerprint: failure.fingerprint, job: attempt.job.id,
                    startedAt: attempt.job.startedMilliseconds)
                if opens { logger.error("circuit '\(name)' is open: several jobs failed alike: \(failure.message)") }
            case .succeeded where attempt.reportsSuccess:
                let closes = try await circuits.succeeded(name, startedAt: attempt.job.startedMilliseconds)
                if closes {
                    logger.notice("circuit '\(name)' closes: its probe succeeded; jobs come back step by step")
                }
            case .succeeded, .refused, .parked, .postponed, .cancelled, .expired: break
            }
        } catch {
            logger.warning("the circuit '\(name)' could not be told how the attempt ended: \(error)")
        }
    }
}
