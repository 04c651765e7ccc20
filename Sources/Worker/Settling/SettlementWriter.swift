import JobQueue
import Logging
import Synchronization

/// Writes the settlements of attempts. Acknowledgements that arrive while a write is under way are sent together in the
/// next write.
///
/// A write that fails is tried again for as long as this process lives: repeating it is harmless, because a claim can
/// be given up only once, and giving up here would leave the job claimed by a live worker that no longer runs it. When
/// the process cannot reach Redis its leases expire, and another worker rescues the jobs. It gives up only once this
/// process has closed its connection for good.
final class SettlementWriter: Sendable {
    private struct State {
        var pending: [Pending] = []
        /// Writes under way.
        var writers = 0
    }

    private final class Pending: Sendable {
        let completion: Completion
        let asker: Asker

        init(_ completion: Completion, _ asker: Asker) {
            self.completion = completion
            self.asker = asker
        }
    }

    /// The recipient of the result of a write.
    private enum Asker {
        /// The worker of the attempt, which does not wait.
        case worker(Attempt)
        case task(CheckedContinuation<Result<Bool, JobQueueError>, Never>)
    }

    private let broker: Broker
    private let runtime: WorkerRuntime
    private let settled: @Sendable ([Attempt]) -> Void
    private let state = Mutex(State())
    private static let batchLimit = 256
    /// More than one, so that Redis has the next write when it finishes one.
    private static let writerLimit = 3
    /// So many pending acknowledgements start another write beside one that is under way.
    private static let worthwhile = 32

    /// - Parameter settled: called with attempts whose acknowledgement is written, or that this worker no longer owns.
    init(broker: Broker, runtime: WorkerRuntime, settled: @escaping @Sendable ([Attempt]) -> Void = { _ in }) {
        self.broker = broker
        self.runtime = runtime
        self.settled = settled
    }

    func write(_ closed: ClosedAttempt, of job: LeasedJob, logger: Logger) async {
        let writes = closed.writes
        switch closed.settlement {
        case .acknowledge(let output): await acknowledge(completion(of: job, output: output, closed), logger)
        case .park(let gate, let reason):
            await settle(job, closed, logger) { () throws(JobQueueError) in
                try await self.broker.claims.park(job, at: gate, because: reason)
            }
        case .cancel: await acknowledge(completion(of: job, .cancelled, closed), logger)
        case .expire: await acknowledge(completion(of: job, .expired, closed), logger)
        case .retry(let due, let failure):
            await settle(job, closed, logger) { () throws(JobQueueError) in
                try await self.broker.claims.retry(job, at: due, because: failure, writes: writes)
            }
        case .postpone(let until, let reason):
            await settle(job, closed, logger) { () throws(JobQueueError) in
                try await self.broker.claims.postpone(job, until: until, because: reason, writes: writes)
            }
        case .deadLetter(let failure):
            await settle(job, closed, logger) { () throws(JobQueueError) in
                try await self.broker.claims.deadLetter(job, because: failure, writes: writes)
            }
        }
    }

    private func completion(
        of job: LeasedJob, _ state: JobEnvelope.StateCode = .succeeded, output: JobOutput = JobOutput(),
        _ closed: ClosedAttempt
    ) -> Completion {
        var completion = Completion(job, state, output: output)
        completion.writes = closed.writes
        completion.rememberedArguments = closed.rememberedArguments
        return completion
    }

    private func settle(
        _ job: LeasedJob, _ closed: ClosedAttempt, _ logger: Logger,
        _ step: () async throws(JobQueueError) -> SettleAnswer
    ) async {
        switch await persistently(logger, step) {
        case .success(.settled): break
        case .success(.cancelRequested):
            var completion = Completion(job, .cancelled)
            completion.writes = closed.writesIfCancelled
            await acknowledge(completion, logger)
        case .success(.claimLost): reportLost(job, logger)
        case .failure(let error): AttemptLogging.logger(logger, for: job).error("not settled: \(error)")
        }
    }

    /// Acknowledges without making the caller wait; `settled` is called later.
    func acknowledge(_ completion: Completion, of attempt: Attempt, _ logger: Logger) {
        add(Pending(completion, .worker(attempt)), logger)
    }

    private func acknowledge(_ completion: Completion, _ logger: Logger) async {
        let result = await withCheckedContinuation { continuation in
            add(Pending(completion, .task(continuation)), logger)
        }
        await finish(completion, result, logger)
    }

    private func add(_ pending: Pending, _ logger: Logger) {
        let isWriter = state.withLock { state in
            state.pending.append(pending)
            let needed = state.pending.count < Self.worthwhile ? 1 : Self.writerLimit
            guard state.writers < needed else { return false }
            // The running writers send the earlier ones.
            guard state.writers == 0 || state.pending.count.isMultiple(of: Self.worthwhile) else { return false }
            state.writers += 1
            return true
        }
        // The settlement must outlive the cancellation of the attempt that asks for it.
        if isWriter { Task(executorPreference: runtime.loop) { await self.writePending(logger) } }
    }

    private func finish(_ completion: Completion, _ result: Result<Bool, JobQueueError>, _ logger: Logger) async {
        switch result {
        case .success(true): break
        case .success(false): reportLost(completion.job, logger)
        case .failure(let error):
            // An output that cannot be written, such as an invalid child, fails the same way every time.
            let failure = JobFailure(type: "bad-output", message: "\(error)", at: completion.job.startedMilliseconds)
            await settle(completion.job, ClosedAttempt(.deadLetter(failure)), logger) { () throws(JobQueueError) in
                try await self.broker.claims.deadLetter(completion.job, because: failure)
            }
        }
    }

    private func writePending(_ logger: Logger) async {
        while let batch = nextBatch() {
            let completions = batch.map(\.completion)
            let result = await persistently(logger) { () throws(JobQueueError) in
                try await self.broker.claims.acknowledge(completions)
            }
            tell(batch, result, logger)
        }
    }

    private func tell(_ batch: [Pending], _ result: Result<[Bool], JobQueueError>, _ logger: Logger) {
        var over: [Attempt] = []
        over.reserveCapacity(batch.count)
        for (position, pending) in batch.enumerated() {
            let one = result.map { $0.indices.contains(position) && $0[position] }
            switch (pending.asker, one) {
            case (.worker(let attempt), .success(true)): over.append(attempt)
            case (.task(let continuation), _): continuation.resume(returning: one)
            case (.worker(let attempt), _):
                // The settlement must outlive the attempt, which has gone on.
                Task(executorPreference: runtime.pool) {
                    await self.finish(pending.completion, one, logger)
                    self.settled([attempt])
                }
            }
        }
        if !over.isEmpty { settled(over) }
    }

    /// The first completions of one queue and worker, in order of arrival; one with children is sent alone, so that an
    /// invalid child affects no other job.
    private func nextBatch() -> [Pending]? {
        state.withLock { state in
            guard let first = state.pending.first else {
                state.writers -= 1
                return nil
            }
            func goesWithFirst(_ pending: Pending) -> Bool {
                first.completion.output.children.isEmpty && pending.completion.output.children.isEmpty
                    && pending.completion.job.queue == first.completion.job.queue
                    && pending.completion.job.worker == first.completion.job.worker
            }
            // In most cases all of them go in one batch.
            let together = state.pending.dropFirst().prefix(while: goesWithFirst).prefix(Self.batchLimit - 1).count + 1
            let batch = Array(state.pending.prefix(together))
            state.pending.removeFirst(together)
            return batch
        }
    }

    /// Repeats until Redis accepts the write, or the error is final.
    private func persistently<Answer: Sendable>(
        _ logger: Logger, _ step: () async throws(JobQueueError) -> Answer
    ) async -> Result<Answer, JobQueueError> {
        var tries = 0
        while true {
            do {
                return .success(try await step())
            } catch {
                guard error.mayPass else { return .failure(error) }
                tries += 1
                if tries == 1 || tries.isMultiple(of: 10) { logger.error("could not settle, try \(tries): \(error)") }
                let pause = Duration.milliseconds(min(50 << min(tries, 6), 2_000))
                // The settlement must outlive the cancellation of its attempt, and so must the pause between its tries.
                let clock = runtime.clock
                _ = await Task(executorPreference: runtime.pool) { try await clock.sleep(for: pause) }.result
            }
        }
    }

    private func reportLost(_ job: LeasedJob, _ logger: Logger) {
        AttemptLogging.logger(logger, for: job).error(
            "the claim had been lost, so nothing was written; the job runs elsewhere")
    }
}
