import JobQueue
import Redis

/// Settles attempts.
extension SimulatedWorker {
    func settle(_ attempt: Attempt) async {
        let job = attempt.job
        if attempt.isCancelled { return await acknowledge(Completion(job, .cancelled)) }
        let failure = JobFailure(type: "simulated", message: "it broke", at: job.startedMilliseconds)
        let longest = 30_000 * fleet.tempo
        switch fleet.stage.random({ Int.random(in: 0..<20, using: &$0) }) {
        case 0...2:
            let due = fleet.stage.believedNow + fleet.stage.random { $0.span(100, longest) }
            await settle(job, .retried(at: due)) { (broker) throws(JobQueueError) in
                try await broker.claims.retry(job, at: due, because: failure)
            }
        case 3: await postpone(job, until: fleet.stage.believedNow + fleet.stage.random { $0.span(1, longest) })
        case 4: await postpone(job, until: 0)
        case 5:
            await settle(job, .finished(.dead)) { (broker) throws(JobQueueError) in
                try await broker.claims.deadLetter(job, because: failure)
            }
        case 6...8: await acknowledge(Completion(job, children: children(of: job)))
        default: await acknowledge(Completion(job))
        }
    }

    func postpone(_ job: LeasedJob, until due: Int64) async {
        await settle(job, .postponed(until: due)) { (broker) throws(JobQueueError) in
            try await broker.claims.postpone(job, until: due, because: "simulated")
        }
    }

    /// Child ids derive from the parent's, so a second run adds nothing.
    private func children(of job: LeasedJob) -> [NewJob] {
        // Children have none themselves.
        guard !job.id.description.contains(":") else { return [] }
        let count = fleet.stage.random { Int.random(in: 1...3, using: &$0) }
        return (0..<count).compactMap { number in
            let queue = fleet.stage.random { [queues = fleet.queues] in queues.randomElement(using: &$0) ?? queues[0] }
            let id = "\(job.id):\(number)"
            fleet.jobs.announced(id, in: queue, notBefore: 0)
            return try? fleet.job(id, in: queue, start: .now)
        }
    }

    private func acknowledge(_ completion: Completion) async {
        let settled = await persistently(completion.job) { (broker) throws(JobQueueError) in
            try await broker.claims.acknowledge([completion])
        }
        guard let settled else { return }
        guard settled.first == true else { return fleet.jobs.refusedToSettle() }
        fleet.stage.violate(fleet.jobs.settled(completion.job, .finished(completion.stateCode)))
        // Children that exist already were enqueued by an earlier run whose reply was lost.
        for child in completion.children {
            guard let id = child.id?.description else { continue }
            fleet.stage.violate(fleet.jobs.accepted(id, isNew: false))
        }
    }

    private func settle(
        _ job: LeasedJob, _ verdict: JobInvariants.Verdict,
        _ step: (Broker) async throws(JobQueueError) -> SettleAnswer
    ) async {
        switch await persistently(job, step) {
        case nil: break
        case .settled: fleet.stage.violate(fleet.jobs.settled(job, verdict))
        case .cancelRequested: await acknowledge(Completion(job, .cancelled))
        case .claimLost: fleet.jobs.refusedToSettle()
        }
    }

    /// As `SettlementWriter`: tries for as long as the process lives. Nil when the process died before the reply.
    private func persistently<Answer: Sendable>(
        _ job: LeasedJob, _ step: (Broker) async throws(JobQueueError) -> Answer
    ) async -> Answer? {
        while !fleet.stage.isDead {
            do throws(JobQueueError) {
                return try await step(broker)
            } catch {
                guard case .redis(let cause) = error else {
                    fleet.stage.violate("job \(job.id) could not be settled: \(error)")
                    return nil
                }
                // A process that dies after the call never receives the reply.
                if cause.mayHaveRun || fleet.stage.isDead { fleet.jobs.mayHaveSettled(job) }
            }
            _ = await fleet.stage.sleep(for: 100)
        }
        return nil
    }
}
