@testable import JobQueue

/// Leases, rescue, and what people do.
extension QueueModel.Queue {
    mutating func extend(_ worker: String, until: Int64, now: Int64) -> [String] {
        guard let expiry = leases[worker], expiry > now else { return ["lost"] }
        leases[worker] = until
        return (running[worker] ?? []).filter(\.isToBeCancelled).map(\.id)
    }

    mutating func rescue(maxCrashes: Int, now: Int64) -> [String] {
        let expired = leases.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(16)
        var (rescued, given) = (0, 0)
        for (worker, _) in expired {
            var ready = 0
            for claim in running[worker] ?? [] {
                switch crash(claim, worker, maxCrashes, now: now) {
                case .live: ready += 1
                case .dead: given += 1
                case .succeeded, .cancelled, .expired, .cancelledInLine, .deletedInLine, .waiting: break
                }
            }
            callSeveral(ready)
            rescued += ready
            running[worker] = nil
            leases[worker] = nil
        }
        return expired.map(\.key) + ["rescued \(rescued)", "dead \(given)"]
    }

    /// - Returns: what the record says afterwards.
    private mutating func crash(
        _ claim: QueueModel.Claimed, _ worker: String, _ maxCrashes: Int, now: Int64
    ) -> JobEnvelope.Mark {
        guard var job = jobs[claim.id] else { return .expired }
        job.crashes += 1
        // The rescue does not shorten the history: the next event of a worker does.
        job.events.insert(
            JobEvent(
                at: now, event: "crashed", attempt: job.attempts + 1, worker: worker, detail: QueueModel.crashReason),
            at: 0)
        count("crashes")
        if claim.isToBeCancelled {
            job.mark = .cancelled
            job.outcome = .none
            done.insert(claim.id, at: 0)
            count("cancelled")
        } else if job.crashes >= maxCrashes {
            job.mark = .dead
            let times = "the worker died with this job \(job.crashes) times; last: \(QueueModel.crashReason)"
            job.outcome = .failure(type: "crash", message: times)
            dead[claim.id] = now
            count("died")
        } else {
            lineUpFirst(claim.id, job.priority)
        }
        if job.mark != .live { (job.started, job.finished, job.worker) = (claim.started, now, worker) }
        jobs[claim.id] = job
        return job.mark
    }

    mutating func cancel(_ id: String, now: Int64) -> CancelAnswer {
        guard let job = jobs[id] else { return .missing }
        guard job.mark == .live else { return job.mark == .cancelledInLine ? .cancelled : .finished }
        for worker in running.keys {
            guard let index = running[worker]?.firstIndex(where: { $0.id == id }) else { continue }
            running[worker]?[index].isToBeCancelled = true
            return .requested
        }
        count("cancelled")
        jobs[id]?.finished = now
        if scheduled.removeValue(forKey: id) != nil || retrying.removeValue(forKey: id) != nil {
            jobs[id]?.mark = .cancelled
            done.insert(id, at: 0)
        } else {
            jobs[id]?.mark = .cancelledInLine
            count("tombstones")
        }
        return .cancelled
    }

    mutating func requeue(_ ids: [String], now: Int64) -> Int {
        let known = ids.filter { dead.removeValue(forKey: $0) != nil }
        for id in known {
            guard var job = jobs[id] else { continue }
            job.add("requeued", now, nil, "after \(job.attempts) attempts")
            job.mark = .live
            (job.attempts, job.crashes, job.outcome) = (0, 0, .none)
            (job.started, job.finished, job.worker) = (nil, nil, nil)
            jobs[id] = job
            line(id, job.priority)
        }
        guard !known.isEmpty else { return 0 }
        count("requeued", known.count)
        callOne()
        return known.count
    }

    mutating func discard(_ ids: [String]) -> Int {
        let known = ids.filter { dead.removeValue(forKey: $0) != nil }
        for id in known { jobs[id] = nil }
        if !known.isEmpty { count("discarded", known.count) }
        return known.count
    }

    mutating func sweep(before: Int64) -> Int {
        var dropped = 0
        while dropped < 256, let id = done.last, (jobs[id]?.finished ?? 0) < before {
            done.removeLast()
            jobs[id] = nil
            dropped += 1
        }
        return dropped
    }
}
