/// Makes dead jobs ready again, a few first, and stops when they fail as before.
///
/// Each step is one `requeueDead` for each queue, so that a process which ends between two steps leaves the rest dead.
/// The replay waits for canaries until they finish, retries included, and all must succeed. A later job stops the
/// replay with its first attempt that fails with an error that any of the chosen jobs had died of: the cause is still
/// there.
public struct DeadLetterReplay: Sendable {
    private let deadLetters: DeadLetterStore
    private let clock: any Clock<Duration>
    private let pace: ReplayPace
    private let onProgress: @Sendable (ReplayMoment) async -> Void
    private static let poll = Duration.milliseconds(50)
    /// Unfinished jobs that are checked between two steps, the oldest ones.
    private static let watched = 1_000

    /// - Parameters:
    ///   - clock: measures pauses and patience.
    ///   - onProgress: called after each step, and repeatedly while the replay waits for one.
    public init(
        broker: Broker, clock: any Clock<Duration>, pace: ReplayPace,
        onProgress: @escaping @Sendable (ReplayMoment) async -> Void = { _ in }
    ) {
        deadLetters = broker.deadLetters
        self.clock = clock
        self.pace = pace
        self.onProgress = onProgress
    }

    /// The jobs in the order of release: those that died first are first, and the canaries are taken from all
    /// fingerprints in turn, so that each cause of death has one if there are enough.
    static func order(_ jobs: [StoredJob], canaries: Int) -> [StoredJob] {
        let byAge = jobs.sorted {
            ($0.envelope.finishedMilliseconds ?? 0, $0.id) < ($1.envelope.finishedMilliseconds ?? 0, $1.id)
        }
        var seen: [String: Int] = [:]
        let turns = byAge.map { job in
            let cause = job.failure?.fingerprint ?? ""
            seen[cause, default: 0] += 1
            return seen[cause, default: 0]
        }
        let first = byAge.indices.sorted { (turns[$0], $0) < (turns[$1], $1) }.prefix(canaries)
        let chosen = Set(first)
        return first.map { byAge[$0] } + byAge.indices.filter { !chosen.contains($0) }.map { byAge[$0] }
    }

    /// Runs until all jobs are released, a stop, or cancellation. Never throws: the outcome lists what was done by
    /// then.
    public func run(_ jobs: [StoredJob]) async -> ReplayOutcome {
        let jobs = Self.order(jobs, canaries: pace.canaries)
        var progress = ReplayProgress(causes: Set(jobs.compactMap { $0.failure?.fingerprint }))
        var place = 0
        var stop: ReplayStop?
        do {
            for step in pace.steps(for: jobs.count) {
                if step.pause > .zero { try await clock.sleep(for: step.pause) }
                try Task.checkCancellation()
                if pace.canaries > 0, place > 0 {
                    stop = try await look(&progress)
                    if stop != nil { break }
                }
                let released = Array(jobs[place..<place + step.count])
                place += step.count
                try await release(released, &progress)
                await onProgress(progress.moment(of: jobs.count, step))
                guard step.isAwaited else { continue }
                stop = try await end(of: step, jobs.count, &progress)
                if stop != nil { break }
            }
        } catch let error as JobQueueError {
            stop = .unavailable(error)
        } catch {
            stop = .interrupted
        }
        return ReplayOutcome(
            count: progress.count, retried: progress.released, diedAgain: progress.diedAgain, kept: progress.kept,
            remaining: jobs[place...].map(\.id), stop: stop)
    }

    /// Makes the jobs of one step ready, from their records as they are now.
    private func release(_ jobs: [StoredJob], _ progress: inout ReplayProgress) async throws(JobQueueError) {
        for (queue, group) in Dictionary(grouping: jobs, by: \.queue) {
            for start in stride(from: 0, to: group.count, by: 256) {
                let batch = group[start..<min(start + 256, group.count)]
                let records = try await deadLetters.envelopes(of: batch.map(\.id), in: queue)
                let dead = batch.compactMap { job in
                    records[job.id].flatMap { $0.stateCode == .dead ? job.with($0) : nil }
                }
                let there = Set(dead.map(\.id))
                progress.keep(batch.map(\.id).filter { !there.contains($0) }.map { ($0, .notDead) })
                guard !dead.isEmpty else { continue }
                let answers = zip(dead, try await deadLetters.requeue(dead, in: queue))
                progress.add(answers.filter { $1 == .ready }.map(\.0))
                progress.keep(answers.filter { $1 != .ready }.map { ($0.0.id, $0.1) })
            }
        }
    }

    /// Waits until every released job has finished.
    private func end(
        of step: ReplayStep, _ total: Int, _ progress: inout ReplayProgress
    ) async throws -> ReplayStop? {
        var waited = Duration.zero
        while true {
            if let stop = try await look(&progress, mustSucceed: step.mustSucceed) { return stop }
            guard let slow = progress.underWay.first else { return nil }
            guard waited < pace.patience else { return .notOver(slow.id, pace.patience) }
            await onProgress(progress.moment(of: total, step))
            try await clock.sleep(for: Self.poll)
            waited += Self.poll
        }
    }

    /// Reads the records of the unfinished jobs.
    private func look(
        _ progress: inout ReplayProgress, mustSucceed: Bool = false
    ) async throws(JobQueueError) -> ReplayStop? {
        let looked = progress.underWay.prefix(Self.watched)
        for (queue, group) in Dictionary(grouping: looked, by: \.queue) {
            let records = try await deadLetters.envelopes(of: group.map(\.id), in: queue)
            for job in group {
                if let stop = progress.note(job.id, records[job.id], mustSucceed: mustSucceed) { return stop }
            }
        }
        return nil
    }
}

extension StoredJob {
    /// The same job with a newer record.
    fileprivate func with(_ envelope: JobEnvelope) -> StoredJob {
        StoredJob(
            id: id, queue: queue, state: state, envelope: envelope, dueMilliseconds: dueMilliseconds,
            worker: envelope.worker, startedMilliseconds: envelope.startedMilliseconds, heldBy: nil)
    }
}
