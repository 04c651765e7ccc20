@testable import JobQueue

/// Leases, and what becomes of the jobs of lost workers.
extension QueueModel.Queue {
    /// How a worker was lost.
    private enum Loss {
        case seen
        case missing
        case left
    }

    mutating func extend(_ worker: String, until: Int64) -> [String] {
        guard let expiry = leases[worker], expiry > 0 else { return ["lost"] }
        leases[worker] = until
        return (running[worker] ?? []).filter(\.isToBeCancelled).map(\.id)
    }

    mutating func rescue(maxCrashes: Int, now: Int64) -> [String] {
        let expired = leases.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(16)
        var sum = (rescued: 0, dead: 0)
        for (worker, expiry) in expired {
            if expiry > 0, running[worker] != nil { vanished[worker] = now }
            let loss: Loss = expiry < 0 ? .seen : vanished[worker] == nil ? .left : .missing
            takeBack(worker, loss, "its process ended", maxCrashes, now: now, &sum)
        }
        return expired.map(\.key) + ["rescued \(sum.rescued)", "dead \(sum.dead)"]
    }

    mutating func seeDeath(of worker: String, _ maxCrashes: Int, now: Int64) -> [String] {
        var sum = (rescued: 0, dead: 0)
        if vanished[worker] != nil { vanished[worker] = now - QueueModel.patience }
        takeBack(worker, .seen, QueueModel.crashReason, maxCrashes, now: now, &sum)
        return [worker, "rescued \(sum.rescued)", "dead \(sum.dead)"]
    }

    private mutating func takeBack(
        _ worker: String, _ loss: Loss, _ how: String, _ maxCrashes: Int, now: Int64,
        _ sum: inout (rescued: Int, dead: Int)
    ) {
        var ready = 0
        var later: [(id: String, reason: String)] = []
        let newestFirst = (running[worker] ?? []).sorted { ($0.fence, $0.id) > ($1.fence, $1.id) }
        for claim in newestFirst {
            switch takeBack(claim, worker, loss, how, maxCrashes, now: now, &later) {
            case .live: ready += 1
            case .dead: sum.dead += 1
            case .succeeded, .cancelled, .expired, .cancelledInReady, .deletedInReady, .waiting: break
            }
        }
        for job in later.reversed() { setAside(job.id, job.reason) }
        callSeveral(ready)
        sum.rescued += ready
        running[worker] = nil
        leases[worker] = nil
    }

    /// - Returns: what the record says afterwards.
    private mutating func takeBack(
        _ claim: QueueModel.Claimed, _ worker: String, _ loss: Loss, _ how: String, _ maxCrashes: Int, now: Int64,
        _ later: inout [(id: String, reason: String)]
    ) -> JobEnvelope.StateCode {
        guard var job = jobs[claim.id] else { return .expired }
        release(claim.id, from: worker)
        weigh(&job, now: now)
        switch loss {
        case .seen: countCrash(&job, worker, how, now: now)
        case .missing:
            addLoss(&job, worker, "no heartbeat; the job goes to another worker", now: now)
            job.missing.append(worker)
        case .left:
            addLoss(&job, worker, "its worker gave the lease up", now: now)
            job.losses += 1
        }
        let outcome = verdict(on: job, maxCrashes, last: loss == .seen ? how : "it never came back", now: now)
        guard claim.isToBeCancelled || outcome != nil else {
            if let reason = putBack(claim.id, job, maxCrashes) { later.append((claim.id, reason)) }
            stopRunning(claim.id, job.options, lives: true)
            return .live
        }
        (job.started, job.worker) = (claim.started, worker)
        if claim.isToBeCancelled {
            (job.stateCode, job.outcome, job.finished) = (.cancelled, "", now)
            jobs[claim.id] = job
            done.insert(claim.id, at: 0)
            count("cancelled")
        } else {
            job = giveUp(claim.id, job, outcome ?? "", now: now)
        }
        stopRunning(claim.id, job.options, lives: false)
        endLinks(claim.id, job, now: now)
        return job.stateCode
    }

    mutating func judge(maxCrashes: Int, now: Int64) -> [String] {
        vanished = vanished.mapValues { min($0, now) }.filter { $0.value > now - 86_400_000 }
        var (rescued, dead) = (0, 0)
        for member in aside.keys.filter({ $0.hasPrefix("crash-open ") }).sorted().prefix(64) {
            let id = Self.job(of: member)
            guard var job = jobs[id] else { continue }
            weigh(&job, now: now)
            if let outcome = verdict(on: job, maxCrashes, last: "it never came back", now: now) {
                takeAside(id)
                job = giveUp(id, job, outcome, now: now)
                endLinks(id, job, now: now)
                dead += 1
            } else if job.crashes + job.missing.count < maxCrashes {
                takeAside(id)
                if let reason = putBack(id, job, maxCrashes) { setAside(id, reason) }
                rescued += 1
            } else {
                jobs[id] = job
            }
        }
        callSeveral(rescued)
        return ["rescued \(rescued)", "dead \(dead)"]
    }

    private mutating func weigh(_ job: inout QueueModel.Job, now: Int64) {
        let missing = job.missing
        job.missing = []
        for worker in missing {
            guard let since = vanished[worker] else {
                job.losses += 1
                continue
            }
            if now - since >= QueueModel.patience {
                countCrash(&job, worker, "it never came back", now: now)
            } else {
                job.missing.append(worker)
            }
        }
    }

    private mutating func countCrash(_ job: inout QueueModel.Job, _ worker: String, _ how: String, now: Int64) {
        job.crashes += 1
        note("crashed", &job, worker, how, now: now)
        count("crashes")
    }

    private mutating func addLoss(_ job: inout QueueModel.Job, _ worker: String, _ how: String, now: Int64) {
        note("lease-lost", &job, worker, how, now: now)
        count("losses")
    }

    /// The rescue does not shorten the history: the next event of a worker does.
    private func note(_ event: String, _ job: inout QueueModel.Job, _ worker: String, _ how: String, now: Int64) {
        job.events.insert(
            JobEvent(at: now, event: event, attempt: job.attempts + 1, worker: worker, detail: how), at: 0)
    }

    private func verdict(on job: QueueModel.Job, _ maxCrashes: Int, last: String, now: Int64) -> String? {
        let kind: String
        let message: String
        if job.crashes >= maxCrashes {
            (kind, message) = ("crash", "the worker died with this job \(job.crashes) times; last: \(last)")
        } else if job.losses >= 20 {
            kind = "lease-lost"
            message = "its lease was lost \(job.losses) times while its worker lived: look at Redis or the network"
        } else {
            return nil
        }
        return #"{"error":{"type":"\#(kind)","message":"\#(message)","fingerprint":"\#(kind)","at":\#(now)}}"#
    }

    private mutating func giveUp(_ id: String, _ job: QueueModel.Job, _ outcome: String, now: Int64) -> QueueModel.Job {
        var job = job
        (job.stateCode, job.outcome, job.finished) = (.dead, outcome, now)
        jobs[id] = job
        dead[id] = now
        count("died")
        return job
    }

    /// - Returns: for what it is still to be parked.
    private mutating func putBack(_ id: String, _ job: QueueModel.Job, _ maxCrashes: Int) -> String? {
        jobs[id] = job
        let strikes = job.crashes + job.missing.count
        if strikes >= maxCrashes { return "crash-open" }
        if strikes > 0, strikes == maxCrashes - 1 { return "crashed" }
        lineUpFirst(id, job.priority)
        return nil
    }
}
