@testable import JobQueue

/// What people do.
extension QueueModel.Queue {
    mutating func cancel(_ id: String, now: Int64) -> CancelAnswer {
        guard let job = jobs[id] else { return .missing }
        guard job.stateCode == .live || job.stateCode == .waiting else {
            return job.stateCode == .cancelledInReady ? .cancelled : .finished
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
            jobs[id]?.stateCode = .cancelled
            done.insert(id, at: 0)
        } else {
            jobs[id]?.stateCode = .cancelledInReady
            count("tombstones")
        }
        endLinks(id, job, stateCode: .cancelled, now: now)
        return .cancelled
    }

    mutating func requeue(_ ids: [String], now: Int64) -> Int {
        var moved = 0
        for id in ids where dead[id] != nil {
            guard var job = jobs[id] else { continue }
            let key = job.options.uniqueKey
            if let key, let holder = holder(of: key), holder.id != id, let stateCode = jobs[holder.id]?.stateCode,
                stateCode == .live || stateCode == .waiting
            {
                continue
            }
            dead[id] = nil
            job.add("requeued", now, nil, "after \(job.attempts) attempts")
            job.stateCode = .live
            (job.attempts, job.crashes, job.outcome) = (0, 0, "")
            (job.losses, job.missing) = (0, [])
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
        for id in known {
            if let job = jobs[id] { releaseRemoved(id, job) }
            jobs[id] = nil
        }
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
        for reason in ["cap=", "crash-open ", "crashed ", "kind="] {
            for member in aside.keys.filter({ $0.hasPrefix(reason) }).sorted() {
                ids.append(Self.job(of: member))
                takeAside(Self.job(of: member))
            }
        }
        var removed = 0
        for id in ids {
            guard let job = jobs.removeValue(forKey: id) else { continue }
            if job.stateCode == .live {
                removed += 1
                endLinks(id, job, stateCode: .cancelled, now: now)
            } else {
                count("tombstones", -1)
            }
            releaseRemoved(id, job)
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
        deliverChildCompletions(of: name)
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
        if let old = queues[name]?.jobs[id] { queues[name]?.releaseRemoved(id, old) }
        queues[name]?.dead[id] = nil
        queues[name]?.jobs[id]?.stateCode = .cancelled
        queues[name]?.jobs[id]?.finished = now
        queues[name]?.jobs[id]?.events.insert(
            JobEvent(at: now, event: "replaced", detail: "by \(new.job.id)"), at: 0)
        queues[name]?.done.insert(id, at: 0)
        queues[name]?.count("requeued")
        queues[name]?.count("cancelled")
        return "true"
    }
}
