@testable import JobQueue

/// How jobs come in, wait, and are handed out.
extension QueueModel.Queue {
    mutating func count(_ name: String, _ change: Int = 1) { meta[name] = "\((Int(meta[name] ?? "") ?? 0) + change)" }

    mutating func callOne(unless limit: Int = 64) { if wake < limit { wake += 1 } }

    mutating func callSeveral(_ jobs: Int) { wake = max(wake, min(jobs, 64)) }

    /// - Returns: false when a job of this id is known.
    mutating func accept(_ job: QueueCommand.Job, now: Int64) -> Bool {
        guard jobs[job.id] == nil else { return false }
        jobs[job.id] = QueueModel.Job(priority: job.priority, enqueued: now)
        if job.delay > 0 { scheduled[job.id] = now + job.delay } else { line(job.id, job.priority) }
        count("enqueued")
        return true
    }

    mutating func line(_ id: String, _ priority: Int) {
        if priority == 0 { ready.append(id) } else { ranked[id] = Int64(-priority) }
    }

    mutating func lineUpFirst(_ id: String, _ priority: Int) {
        if priority == 0 { ready.insert(id, at: 0) } else { ranked[id] = Int64(-priority) }
    }

    mutating func enqueue(_ jobs: [QueueCommand.Job], now: Int64) -> [String] {
        let answers = jobs.map { accept($0, now: now) }
        let accepted = answers.count { $0 }
        if accepted > 0 { callOne(unless: min(accepted, 64)) }
        return answers.map { "\($0)" }
    }

    mutating func promote(now: Int64) -> Int {
        var moved = 0
        for place in [\QueueModel.Queue.scheduled, \.retrying] {
            let due = self[keyPath: place].filter { $0.value <= now }
                .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(256)
            for (id, _) in due {
                self[keyPath: place][id] = nil
                line(id, jobs[id]?.priority ?? 0)
                moved += 1
            }
        }
        callSeveral(moved)
        return moved
    }

    mutating func resume() -> Bool {
        guard meta.removeValue(forKey: "paused_until") != nil else { return false }
        meta["paused_reason"] = nil
        callOne()
        return true
    }

    func isPaused(now: Int64) -> Bool {
        guard let until = meta["paused_until"].flatMap({ Int64($0) }) else { return false }
        return until == 0 || until > now
    }

    /// The next ids in line: above 0 by priority, then in order of arrival, then below 0.
    mutating func takeFromLine(_ limit: Int) -> [String] {
        let order = ranked.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        var ids = order.filter { $0.value < 0 }.prefix(limit).map(\.key)
        let plain = ready.prefix(limit - ids.count)
        ready.removeFirst(plain.count)
        ids += plain
        ids += order.filter { $0.value > 0 }.prefix(limit - ids.count).map(\.key)
        for id in ids { ranked[id] = nil }
        return ids
    }

    mutating func raise(to epoch: Int) -> Int {
        let known = Int(meta["epoch"] ?? "") ?? 0
        if epoch > known { meta["epoch"] = "\(epoch)" }
        return max(epoch, known)
    }

    mutating func baseline(of entry: String, at time: Int64, epoch: Int) -> [String] {
        guard epoch >= Int(meta["epoch"] ?? "") ?? 0 else { return ["none"] }
        let last = max(time, Int64(meta["last:\(entry)"] ?? "") ?? -1)
        meta["last:\(entry)"] = "\(last)"
        return ["\(last)"]
    }

    mutating func tick(
        _ entry: String, _ nominal: Int64, epoch: Int, skips: Bool, _ job: QueueCommand.Job?, now: Int64
    ) -> TickAnswer {
        guard raise(to: epoch) == epoch else { return .stale }
        guard nominal > Int64(meta["last:\(entry)"] ?? "") ?? 0 else { return .duplicate }
        ticks["\(entry)@\(nominal)"] = nominal
        ticks = ticks.filter { $0.value > now - 2 * 86_400_000 }
        meta["last:\(entry)"] = "\(nominal)"
        guard let job else {
            count("ticks_skipped")
            return .skipped
        }
        if skips, let before = meta["live:\(entry)"], jobs[before]?.mark == .live {
            count("ticks_skipped")
            return .overlap
        }
        guard accept(job, now: now) else { return .duplicate }
        meta["live:\(entry)"] = job.id
        callOne(unless: 1)
        return .enqueued
    }
}

extension QueueModel {
    mutating func fetch(_ queue: inout Queue, _ name: String, _ worker: String, _ limit: Int) -> [String] {
        guard let expiry = queue.leases[worker], expiry > now else { return ["lost"] }
        guard !queue.isPaused(now: now) else { return ["paused"] }
        let ids = queue.takeFromLine(limit)
        guard !ids.isEmpty else { return [] }
        queue.count("fence")
        let fence = Int(queue.meta["fence"] ?? "") ?? 0
        var answer: [String] = []
        for id in ids {
            guard let job = queue.jobs[id] else { continue }
            if job.mark == .live {
                queue.running[worker, default: []].append(Claimed(id: id, fence: fence, started: now))
                held[Hold(queue: name, worker: worker, id: id)] = HeldJob(fence: fence, started: now, job: job)
                answer.append("\(id) fence \(fence) attempt \(job.attempts + 1)")
            } else {
                queue.jobs[id]?.mark = .cancelled
                queue.done.insert(id, at: 0)
                queue.count("tombstones", -1)
            }
        }
        if ids.count == limit, queue.wake == 0, !queue.ready.isEmpty || !queue.ranked.isEmpty { queue.wake = 1 }
        return answer
    }
}
