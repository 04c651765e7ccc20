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
            for claim in (running[worker] ?? []).sorted(by: { $0.id < $1.id }) {
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
        release(claim.id, from: worker)
        job.crashes += 1
        // The rescue does not shorten the history: the next event of a worker does.
        job.events.insert(
            JobEvent(
                at: now, event: "crashed", attempt: job.attempts + 1, worker: worker, detail: QueueModel.crashReason),
            at: 0)
        count("crashes")
        if claim.isToBeCancelled {
            job.mark = .cancelled
            job.outcome = ""
            done.insert(claim.id, at: 0)
            count("cancelled")
        } else if job.crashes >= maxCrashes {
            job.mark = .dead
            let times = "the worker died with this job \(job.crashes) times; last: \(QueueModel.crashReason)"
            job.outcome = #"{"error":{"type":"crash","message":"\#(times)","fingerprint":"crash","at":\#(now)}}"#
            dead[claim.id] = now
            count("died")
        } else {
            jobs[claim.id] = job
            setAside(claim.id, "crashed")
            stopRunning(claim.id, job.options, lives: true)
            return .live
        }
        (job.started, job.finished, job.worker) = (claim.started, now, worker)
        jobs[claim.id] = job
        stopRunning(claim.id, job.options, lives: false)
        endLinks(claim.id, job, now: now)
        return job.mark
    }

    mutating func cancel(_ id: String, now: Int64) -> CancelAnswer {
        guard let job = jobs[id] else { return .missing }
        guard job.mark == .live || job.mark == .waiting else {
            return job.mark == .cancelledInLine ? .cancelled : .finished
        }
        for worker in running.keys {
            guard let index = running[worker]?.firstIndex(where: { $0.id == id }) else { continue }
            running[worker]?[index].isToBeCancelled = true
            return .requested
        }
        count("cancelled")
        jobs[id]?.finished = now
        let reason = takeAside(id)
        if reason == "batch" { batches[id] = nil }
        if reason != nil || scheduled.removeValue(forKey: id) != nil || retrying.removeValue(forKey: id) != nil {
            jobs[id]?.mark = .cancelled
            done.insert(id, at: 0)
        } else {
            jobs[id]?.mark = .cancelledInLine
            count("tombstones")
        }
        endLinks(id, job, mark: .cancelled, now: now)
        return .cancelled
    }

    mutating func requeue(_ ids: [String], now: Int64) -> Int {
        var moved = 0
        for id in ids where dead[id] != nil {
            guard var job = jobs[id] else { continue }
            let key = job.options.uniqueKey
            if let key, let holder = holder(of: key), holder.id != id, let mark = jobs[holder.id]?.mark,
                mark == .live || mark == .waiting
            {
                continue
            }
            dead[id] = nil
            job.add("requeued", now, nil, "after \(job.attempts) attempts")
            job.mark = .live
            (job.attempts, job.crashes, job.outcome) = (0, 0, "")
            (job.started, job.finished, job.worker) = (nil, nil, nil)
            jobs[id] = job
            line(id, job.priority)
            if let key { hold(key, Holder(id: id, until: job.options.uniqueUntilMilliseconds ?? 0)) }
            moved += 1
        }
        guard moved > 0 else { return 0 }
        count("requeued", moved)
        callOne()
        return moved
    }

    mutating func discard(_ ids: [String]) -> Int {
        let known = ids.filter { dead.removeValue(forKey: $0) != nil }
        for id in known { jobs[id] = nil }
        if !known.isEmpty { count("discarded", known.count) }
        return known.count
    }

    mutating func purge(now: Int64) -> Int {
        var ids = ready
        for place in [\QueueModel.Queue.ranked, \.scheduled, \.retrying] {
            ids += self[keyPath: place].sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            self[keyPath: place] = [:]
        }
        ready = []
        for reason in ["cap=", "crashed ", "kind="] {
            for member in aside.keys.filter({ $0.hasPrefix(reason) }).sorted() {
                ids.append(Self.job(of: member))
                takeAside(Self.job(of: member))
            }
        }
        var removed = 0
        for id in ids {
            guard let job = jobs.removeValue(forKey: id) else { continue }
            guard job.mark == .live else {
                count("tombstones", -1)
                continue
            }
            removed += 1
            endLinks(id, job, mark: .cancelled, now: now)
        }
        if removed > 0 { count("purged", removed) }
        return removed
    }

    mutating func configure(_ most: Int?, _ policy: QueueSettings.WhenFull) {
        meta["max_waiting"] = most.map { "\($0)" }
        meta["when_full"] = most.map { _ in policy.rawValue }
    }

    mutating func sweep(before: Int64, now: Int64) -> Int {
        var dropped = 0
        while dropped < 256, let id = done.last, (jobs[id]?.finished ?? 0) < before {
            done.removeLast()
            jobs[id] = nil
            dropped += 1
        }
        sweepKeys(now: now)
        return dropped
    }
}

extension QueueModel {
    /// Cancels a job, and with one that waits its children.
    @discardableResult
    mutating func cancel(_ id: String, in name: String) -> CancelAnswer {
        let children = (queues[name]?.batches[id] ?? [:]).filter { !$0.key.hasPrefix("#") && $0.value.isEmpty }
        let answer = queues[name]?.cancel(id, now: now) ?? .missing
        guard answer == .cancelled else { return answer }
        for child in children.keys.sorted() {
            let parts = child.split(separator: "/").map(String.init)
            cancel(parts[1], in: parts[0])
        }
        deliverNotices(of: name)
        return answer
    }

    /// - Returns: `taken` when the new one's id or unique key belongs to another job.
    mutating func replaceDead(_ id: String, in name: String, with new: QueueCommand.Child) -> String {
        guard queues[name]?.dead[id] != nil, var theirs = queues[new.queue] else { return "false" }
        var job = Job(new.job, now: now)
        job.options.origin = id
        if let key = new.job.unique, name == new.queue, theirs.holder(of: key)?.id == id,
            theirs.jobs[new.job.id] == nil
        {
            theirs.hold(key, nil)
        }
        guard theirs.accept(new.job.id, job, now: now, coalesce: false) == .new else { return "taken" }
        theirs.place(new.job.id, job.priority, due: new.job.due(now: now), now: now)
        theirs.callOne()
        queues[new.queue] = theirs
        queues[name]?.dead[id] = nil
        queues[name]?.jobs[id]?.mark = .cancelled
        queues[name]?.jobs[id]?.finished = now
        queues[name]?.jobs[id]?.events.insert(
            JobEvent(at: now, event: "replaced", detail: "by \(new.job.id)"), at: 0)
        queues[name]?.done.insert(id, at: 0)
        queues[name]?.count("requeued")
        queues[name]?.count("cancelled")
        return "true"
    }
}
