@testable import JobQueue

/// How jobs come in, wait, and are handed out.
extension QueueModel.Queue {
    mutating func count(_ name: String, _ change: Int = 1) { meta[name] = "\((Int(meta[name] ?? "") ?? 0) + change)" }

    mutating func callOne(unless limit: Int = 64) { if wake < limit { wake += 1 } }

    mutating func callSeveral(_ jobs: Int) { wake = max(wake, min(jobs, 64)) }

    mutating func line(_ id: String, _ priority: Int) {
        if priority == 0 { ready.append(id) } else { ranked[id] = Int64(-priority) }
    }

    mutating func lineUpFirst(_ id: String, _ priority: Int) {
        if priority == 0 { ready.insert(id, at: 0) } else { ranked[id] = Int64(-priority) }
    }

    /// Jobs in line, without those that were cancelled there.
    private var inLine: Int { ready.count + ranked.count - (Int(meta["tombstones"] ?? "") ?? 0) }
    var mostWaiting: Int? { meta["max_waiting"].flatMap { Int($0) } }
    var isFull: Bool { mostWaiting.map { inLine + scheduled.count >= $0 } ?? false }

    mutating func enqueue(_ new: [QueueCommand.Job], keep: Int, now: Int64) -> [String] {
        var coalesce: Bool?
        if let most = mostWaiting {
            let policy = QueueSettings.WhenFull(rawValue: meta["when_full"] ?? "") ?? .reject
            if policy == .coalesce && isFull { coalesce = true }
            let count = countNew(new, now: now)
            let over = inLine + scheduled.count + count - most
            if count > 0 && over > 0 {
                guard policy == .dropOldest, count <= most, over <= inLine else { return ["full"] }
                makeRoom(for: new, most, now: now)
                trim(to: keep)
            }
        }
        var accepted = 0
        var answers: [String] = []
        for job in new {
            let answer = accept(job.id, QueueModel.Job(job, now: now), now: now, coalesce: coalesce)
            answers.append(answer.words(of: job.id))
            guard answer == .new else { continue }
            place(job.id, job.priority, due: job.due(now: now), now: now)
            accepted += 1
        }
        if accepted > 0 { callOne(unless: min(accepted, 64)) }
        return answers
    }

    /// How many of the jobs would take up room.
    private func countNew(_ new: [QueueCommand.Job], now: Int64) -> Int {
        var (ids, keys): (Set<String>, Set<String>) = ([], [])
        for job in new where jobs[job.id] == nil && !ids.contains(job.id) {
            if let key = job.unique {
                guard keys.insert(key).inserted else { continue }
                if let holder = holder(of: key), isTaken(by: holder, now: now) { continue }
            }
            ids.insert(job.id)
        }
        return ids.count
    }

    private mutating func makeRoom(for new: [QueueCommand.Job], _ most: Int, now: Int64) {
        while inLine + scheduled.count + countNew(new, now: now) > most {
            if ready.isEmpty {
                guard let least = ranked.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else { break }
                ranked[least] = nil
                drop(least, now: now)
            } else {
                drop(ready.removeFirst(), now: now)
            }
        }
    }

    private mutating func drop(_ id: String, now: Int64) {
        guard var job = jobs[id] else { return }
        done.insert(id, at: 0)
        guard job.stateCode == .live else {
            jobs[id]?.stateCode = .cancelled
            return count("tombstones", -1)
        }
        job.stateCode = .expired
        job.finished = now
        job.events.insert(JobEvent(at: now, event: "dropped", detail: "the queue is full"), at: 0)
        jobs[id] = job
        count("expired")
        count("dropped")
        endLinks(id, job, now: now)
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
        meta["paused_for"] = nil
        callOne()
        return true
    }

    mutating func isPaused(now: Int64) -> Bool {
        guard let until = meta["paused_until"].flatMap({ Int64($0) }) else { return false }
        let length = meta["paused_for"].flatMap { Int64($0) } ?? 0
        if length > 0, until > now + length { meta["paused_until"] = "\(now + length)" }
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
}

/// The schedule.
extension QueueModel.Queue {
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
        meta["last:\(entry)"] = "\(nominal)"
        guard let job else { return skip(.skipped) }
        var live = lookAtLive(of: entry)
        defer { entries["l:\(entry)"] = live.isEmpty ? nil : live.suffix(skips ? 128 : 16).joined(separator: " ") }
        if skips, !live.isEmpty { return skip(.overlap) }
        if isFull, meta["when_full"] != QueueSettings.WhenFull.dropOldest.rawValue { return skip(.queueFull) }
        switch accept(job.id, QueueModel.Job(job, now: now), now: now) {
        case .known: return skip(.duplicate)
        case .held: return skip(.overlap)
        case .coalesced(let holder): live.append(holder)
        case .new:
            live.append(job.id)
            place(job.id, job.priority, due: job.due(now: now), now: now)
        }
        callOne(unless: 1)
        ticks["\(entry)@\(nominal)"] = nominal
        meta["ran:\(entry)"] = "\(nominal)"
        return .enqueued
    }

    /// The jobs of an entry that have not ended, those that wait for children first; counts deaths in a row.
    private mutating func lookAtLive(of entry: String) -> [String] {
        var (waiting, live, streak) = ([String](), [String](), Int(entries["f:\(entry)"] ?? "") ?? 0)
        for id in (entries["l:\(entry)"] ?? "").split(separator: " ").map(String.init) {
            switch jobs[id]?.stateCode {
            case .waiting: waiting.append(id)
            case .live: live.append(id)
            case .dead: streak += 1
            case .succeeded, nil: streak = 0
            default: break
            }
        }
        entries["f:\(entry)"] = streak == 0 ? nil : "\(streak)"
        return waiting + live
    }

    private mutating func skip(_ answer: TickAnswer) -> TickAnswer {
        count("ticks_skipped")
        return answer
    }
}

extension QueueModel {
    /// - Parameter gate: nil for the jobs in line.
    mutating func fetch(
        _ queue: inout Queue, _ name: String, _ worker: String, _ limit: Int, gate: String? = nil,
        takesCrashed: Bool = false
    ) -> [String] {
        guard let expiry = queue.leases[worker], expiry > now else { return ["lost"] }
        guard !queue.isPaused(now: now) else { return ["paused"] }
        var ids = takesCrashed ? queue.takeOldest("crashed", 1) : []
        let limit = ids.isEmpty ? limit : 1
        ids += gate.map { queue.takeOldest($0, limit) } ?? queue.takeFromLine(limit - ids.count)
        guard !ids.isEmpty else { return [] }
        queue.count("fence")
        let fence = Int(queue.meta["fence"] ?? "") ?? 0
        var answer: [String] = []
        for id in ids {
            guard let job = queue.jobs[id] else { continue }
            if job.stateCode == .live {
                guard queue.mayRun(id, job.options) else { continue }
                queue.running[worker, default: []].append(Claimed(id: id, fence: fence, started: now))
                held[Hold(queue: name, worker: worker, id: id)] = HeldJob(fence: fence, started: now, job: job)
                answer.append("\(id) fence \(fence) attempt \(job.attempts + 1)")
            } else {
                queue.jobs[id]?.stateCode = .cancelled
                queue.done.insert(id, at: 0)
                queue.count("tombstones", -1)
            }
        }
        if ids.count == limit, queue.wake == 0, !queue.ready.isEmpty || !queue.ranked.isEmpty { queue.wake = 1 }
        return answer
    }
}
