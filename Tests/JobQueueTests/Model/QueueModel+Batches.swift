@testable import JobQueue

/// Jobs that wait for their children.
extension QueueModel {
    /// Enqueues the children of a settled attempt; `waits` when the parent waits for them.
    mutating func enqueueChildren(of ending: QueueCommand.Ended, in name: String) {
        for child in ending.children {
            var job = Job(child.job, now: now)
            job.options.parentID = ending.id
            if ending.isWaiting { job.options.batch = "\(name)/\(ending.id)" }
            var theirs = queues[child.queue] ?? Queue()
            let answer = theirs.accept(child.job.id, job, now: now)
            if answer == .new {
                theirs.place(child.job.id, job.priority, due: child.job.due(now: now), now: now)
                theirs.callOne()
            }
            queues[child.queue] = theirs
            if ending.isWaiting { wait(for: answer, child, job.options.batch, parent: ending.id, name) }
        }
    }

    private mutating func wait(
        for answer: Queue.Acceptance, _ child: QueueCommand.Child, _ batch: String?, parent: String, _ name: String
    ) {
        var (id, outcome) = (child.job.id, "")
        switch answer {
        case .new: break
        case .known: outcome = standing(of: id, in: child.queue, batch)
        case .held(let holder), .coalesced(let holder):
            id = holder
            outcome = standing(of: id, in: child.queue, batch)
        }
        let field = "\(child.queue)/\(id)"
        guard queues[name]?.batches[parent]?[field] == nil else { return }
        queues[name]?.batches[parent]?[field] = outcome
        if outcome.isEmpty { queues[name]?.changeLeft(of: parent, by: 1) }
    }

    /// How a child counts that was there before: empty to be waited for.
    private func standing(of id: String, in queue: String, _ batch: String?) -> String {
        guard let there = queues[queue]?.jobs[id] else { return "\t" }
        switch there.stateCode {
        case .live, .waiting:
            if there.options.batch == batch { return "" }
            return #"D\#("\t"){"error":{"type":"not-a-child","message":"job \#(id) is there and belongs to another","#
                + #""fingerprint":"not-a-child","at":\#(now)}}"#
        case .cancelledInReady: return "C\t\(there.outcome)"
        case .succeeded, .cancelled, .expired, .dead, .deletedInReady:
            return "\(Self.letter(there.stateCode))\t\(there.outcome)"
        }
    }

    /// Sets a settled job aside to wait.
    mutating func startBatch(_ ending: QueueCommand.Ended, in name: String) {
        queues[name]?.setAside(ending.id, "batch")
        let then =
            (try? ending.then.map {
                try FollowUp.text($0.job.new(in: $0.queue, now: now), after: JobID(unchecked: ending.id))
            }) ?? ""
        queues[name]?.batches[ending.id] = [
            "#plan": "\(name) \(ending.plan?.rawValue ?? "")", "#then": then, "#left": "0",
        ]
    }

    mutating func finishStarting(_ ending: QueueCommand.Ended, in name: String) {
        guard queues[name]?.batches[ending.id]?["#left"] == "0" else { return }
        queues[name]?.notices.append("\(name)/\(ending.id)\t\t\t")
    }

    @discardableResult
    mutating func deliverChildCompletions(of name: String) -> Int {
        var delivered = 0
        for _ in 0..<16 {
            let notices = Array((queues[name]?.notices ?? []).prefix(64))
            guard !notices.isEmpty else { break }
            for notice in notices { deliver(notice, from: name) }
            for notice in notices where queues[name]?.notices.first == notice { queues[name]?.notices.removeFirst() }
            delivered += notices.count
        }
        return delivered
    }

    private mutating func deliver(_ notice: String, from name: String) {
        let parts = notice.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        let parent = parts[0].split(separator: "/").map(String.init)
        let (queue, id) = (parent[0], parent[1])
        guard let batch = queues[queue]?.batches[id] else { return }
        if parts[1].isEmpty {
            guard batch["#left"] == "0" else { return }
        } else {
            let field = "\(name)/\(parts[1])"
            guard let known = batch[field] else { return }
            queues[queue]?.batches[id]?[field] = "\(parts[2])\t\(parts[3])"
            if known.isEmpty { queues[queue]?.changeLeft(of: id, by: -1) }
            guard queues[queue]?.batches[id]?["#left"] == "0" else { return }
        }
        guard let batch = queues[queue]?.batches.removeValue(forKey: id), queues[queue]?.jobs[id]?.stateCode == .waiting
        else { return }
        queues[queue]?.takeAside(id)
        complete(id, batch, in: queue)
        if queue != name { deliverChildCompletions(of: queue) }
    }

    private mutating func complete(_ id: String, _ batch: [String: String], in name: String) {
        guard var queue = queues[name], var job = queue.jobs[id] else { return }
        let children = batch.filter { !$0.key.hasPrefix("#") }.sorted { $0.key < $1.key }
        var results: [String] = []
        var failures: [(id: String, text: String)] = []
        for (field, ended) in children {
            let child = String(field.drop { $0 != "/" }.dropFirst())
            let stateCode = ended.first == "\t" ? nil : ended.first
            let value = Self.value(of: String(ended.drop { $0 != "\t" }.dropFirst()))
            if stateCode == "S" {
                results.append("\"\(child)\":\(value)")
            } else {
                let words: [Character: String] = ["C": "cancelled", "E": "expired", "D": "dead"]
                let state = stateCode.flatMap { words[$0] } ?? "missing"
                failures.append((child, "\"\(child)\":{\"state\":\"\(state)\",\"error\":\(value)}"))
            }
        }
        job.finished = now
        let hasFailed = !failures.isEmpty && batch["#plan"]?.hasSuffix(" fail") == true
        if hasFailed {
            let message = "\(failures.count) of \(children.count) children failed; the first is \(failures[0].id)"
            job.stateCode = .dead
            job.events.insert(JobEvent(at: now, event: "dead", detail: message), at: 0)
            job.outcome =
                #"{"error":{"type":"child-failed","message":"\#(message)","fingerprint":"child-failed","at":\#(now)}}"#
            queue.dead[id] = now
            queue.count("died")
            queue.note(bad: 1, now: now)
        } else {
            let own = Self.value(of: job.outcome)
            job.stateCode = .succeeded
            job.outcome =
                #"{"result":{"own":\#(own),"children":{\#(results.joined(separator: ","))},"#
                + #""failed":{\#(failures.map(\.text).joined(separator: ","))}}}"#
            queue.done.insert(id, at: 0)
            queue.count("succeeded")
            queue.note(good: 1, now: now)
        }
        queue.jobs[id] = job
        if !hasFailed { queue.trim(to: finishedLimit) }
        queue.endLinks(id, job, now: now)
        queues[name] = queue
        if !hasFailed { follow(id, batch["#then"] ?? "") }
    }

    private mutating func follow(_ parent: String, _ text: String) {
        guard let new = try? FollowUp.job(text, after: JobID(unchecked: parent)), let id = new.id?.description else {
            return
        }
        let name = new.queue.description
        let job = Job(
            priority: new.priority, enqueued: now, options: new.options,
            payload: String(decoding: new.payload.bytes, as: UTF8.self))
        guard queues[name]?.accept(id, job, now: now) == .new else { return }
        queues[name]?.place(id, job.priority, due: 0, now: now)
        queues[name]?.callOne()
    }

    /// The JSON value of an outcome.
    private static func value(of outcome: String) -> String {
        guard outcome.hasPrefix("{\""), let colon = outcome.firstIndex(of: ":") else { return "null" }
        return String(outcome[outcome.index(after: colon)...].dropLast())
    }
}

extension QueueModel.Queue {
    mutating func changeLeft(of parent: String, by change: Int) {
        let left = Int(batches[parent]?["#left"] ?? "") ?? 0
        batches[parent]?["#left"] = "\(left + change)"
    }
}
