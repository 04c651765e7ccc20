@testable import JobQueue

/// What jobs hold beside their place: unique keys, concurrency keys, and the attention of a job that waits for them.
extension QueueModel.Queue {
    mutating func setAside(_ id: String, _ reason: String) {
        let number = (Int(links["#seq"] ?? "") ?? 0) + 1
        links["#seq"] = "\(number)"
        let digits = "\(number)"
        let member = "\(reason) \(String(repeating: "0", count: 12 - digits.count))\(digits) \(id)"
        aside[member] = 0
        links["a:\(id)"] = member
    }

    /// The oldest that are parked for a reason, taken out.
    mutating func takeOldest(_ reason: String, _ limit: Int) -> [String] {
        let members = aside.keys.filter { $0.hasPrefix("\(reason) ") }.sorted().prefix(limit)
        return members.map { member in
            let id = Self.job(of: member)
            aside[member] = nil
            links["a:\(id)"] = nil
            return id
        }
    }

    static func job(of member: String) -> String { member.split(separator: " ").last.map(String.init) ?? "" }

    /// Takes a job out of aside.
    /// - Returns: the reason for which it was there; nil when it was not.
    @discardableResult
    mutating func takeAside(_ id: String) -> String? {
        guard let member = links.removeValue(forKey: "a:\(id)") else { return nil }
        aside[member] = nil
        return member.split(separator: " ").first.map(String.init)
    }

    /// Who holds a unique key, until when at least, and whether it runs.
    struct Holder {
        var id: String
        var until: Int64
        var isRunning = false
        /// It is over and has not done its work.
        var isUndone = false
    }

    func holder(of key: String) -> Holder? {
        guard let words = links["u:\(key)"]?.split(separator: " ").map(String.init) else { return nil }
        return Holder(
            id: words[1], until: Int64(words[0]) ?? 0, isRunning: words.last == "r" && words.count == 3,
            isUndone: words.last == "u" && words.count == 3)
    }

    mutating func hold(_ key: String, _ holder: Holder?) {
        links["u:\(key)"] = holder.map { "\($0.until) \($0.id)\($0.isRunning ? " r" : $0.isUndone ? " u" : "")" }
    }

    func runningIDs(of cap: String) -> [String] { (links["c:\(cap)"] ?? "").split(separator: " ").map(String.init) }

    private mutating func setRunning(_ ids: [String], of cap: String) {
        links["c:\(cap)"] = ids.isEmpty ? nil : ids.joined(separator: " ")
    }

    /// Whether it may run; else it is parked now.
    mutating func mayRun(_ id: String, _ options: JobOptions) -> Bool {
        if let cap = options.concurrencyKey {
            beginNext(id, cap)
            let running = runningIDs(of: cap)
            guard running.count < options.concurrencyLimit ?? 1 else {
                setAside(id, "cap=\(cap)")
                return false
            }
            setRunning(running + [id], of: cap)
        }
        if let key = options.uniqueKey, var holder = holder(of: key), holder.id == id {
            holder.isRunning = true
            hold(key, options.coalesces == true ? nil : holder)
        }
        return true
    }

    @discardableResult
    mutating func admitNext(_ cap: String) -> Bool {
        guard let id = takeOldest("cap=\(cap)", 1).first else { return false }
        links["n:\(cap)"] = id
        lineUpFirst(id, jobs[id]?.priority ?? 0)
        callOne()
        return true
    }

    private mutating func beginNext(_ id: String, _ cap: String) {
        if links["n:\(cap)"] == id { links["n:\(cap)"] = nil }
    }

    mutating func stopRunning(_ id: String, _ options: JobOptions, lives: Bool) {
        if let cap = options.concurrencyKey {
            setRunning(runningIDs(of: cap).filter { $0 != id }, of: cap)
            admitNext(cap)
        }
        guard lives, let key = options.uniqueKey else { return }
        if let holder = holder(of: key) {
            if holder.id == id { hold(key, Holder(id: id, until: holder.until)) }
        } else {
            hold(key, Holder(id: id, until: options.uniqueUntilMilliseconds ?? 0))
        }
    }

    mutating func endLinks(_ id: String, _ job: QueueModel.Job, stateCode: JobEnvelope.StateCode? = nil, now: Int64) {
        if let cap = job.options.concurrencyKey { beginNext(id, cap) }
        if let key = job.options.uniqueKey, var holder = holder(of: key), holder.id == id {
            if holder.until <= now {
                releaseUnique(key)
            } else if (stateCode ?? job.stateCode) != .succeeded {
                (holder.isRunning, holder.isUndone) = (false, true)
                hold(key, holder)
            }
        }
        if let parent = job.options.batch {
            notices.append("\(parent)\t\(id)\t\(QueueModel.letter(stateCode ?? job.stateCode))\t\(job.outcome)")
        }
    }

    private mutating func releaseUnique(_ key: String) {
        hold(key, nil)
        expiring["u:\(key)"] = nil
    }

    /// A job that people remove holds nothing.
    mutating func releaseRemoved(_ id: String, _ job: QueueModel.Job) {
        if let cap = job.options.concurrencyKey { beginNext(id, cap) }
        if let key = job.options.uniqueKey, holder(of: key)?.id == id { releaseUnique(key) }
    }

    /// What `accept` did with a job.
    enum Acceptance: Equatable {
        case new
        case known
        case held(by: String)
        case coalesced(into: String)

        /// In the words of `LiveQueue`.
        func words(of id: String) -> String {
            switch self {
            case .new: "new"
            case .known: "there \(id)"
            case .held(let holder): "there \(holder)"
            case .coalesced(let holder): "coalesced \(holder)"
            }
        }
    }

    /// Whether a unique key is kept from others: by a job that lives, or for a time; by a job that is forgotten only
    /// when it has done its work.
    func isTaken(by holder: Holder, now: Int64) -> Bool {
        let stateCode = jobs[holder.id]?.stateCode
        return stateCode == .live || stateCode == .waiting
            || holder.until > now && (stateCode != nil || !holder.isUndone)
    }

    /// - Parameter coalesce: whether any job with a unique key may replace the waiting one, or none; nil leaves it to
    ///   the job.
    mutating func accept(
        _ id: String, _ job: QueueModel.Job, now: Int64, coalesce: Bool? = nil
    ) -> Acceptance {
        guard jobs[id] == nil else { return .known }
        let options = job.options
        if let key = options.uniqueKey, let holder = holder(of: key) {
            let theirs = jobs[holder.id]
            if coalesce ?? options.coalesces ?? false, theirs?.stateCode == .live, !holder.isRunning,
                theirs?.options.batch == nil || theirs?.options.batch == options.batch
            {
                var job = job
                job.events.insert(JobEvent(at: now, event: "coalesced"), at: 0)
                jobs[holder.id] = job
                count("coalesced")
                return .coalesced(into: holder.id)
            }
            if isTaken(by: holder, now: now) { return .held(by: holder.id) }
        }
        jobs[id] = job
        if let key = options.uniqueKey {
            hold(key, Holder(id: id, until: options.uniqueUntilMilliseconds ?? 0))
            if let until = options.uniqueUntilMilliseconds { expiring["u:\(key)"] = until }
        }
        count("enqueued")
        return .new
    }

    mutating func place(_ id: String, _ priority: Int, due: Int64, now: Int64) {
        if due > now { scheduled[id] = due } else { line(id, priority) }
    }

    mutating func admitHeld() -> Int {
        let keys = Set(aside.keys.filter { $0.hasPrefix("cap=") }.map { $0.prefix { $0 != " " }.dropFirst(4) })
        return keys.sorted().map(String.init).count { key in
            let next = links["n:\(key)"].flatMap { jobs[$0] }
            let isNext = next?.stateCode == .live && next?.options.concurrencyKey == key
            return !isNext && runningIDs(of: key).isEmpty && admitNext(key)
        }
    }

    /// Drops unique keys past their time.
    mutating func sweepKeys(now: Int64) {
        let due = expiring.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(256)
        for (field, _) in due {
            let key = String(field.dropFirst(2))
            if let holder = holder(of: key), holder.until <= now {
                let stateCode = jobs[holder.id]?.stateCode
                if stateCode != .live && stateCode != .waiting { hold(key, nil) }
            }
            expiring[field] = nil
        }
    }
}

extension QueueModel {
    static func letter(_ stateCode: JobEnvelope.StateCode) -> String { String(UnicodeScalar(stateCode.rawValue)) }
}
