@testable import JobQueue

/// How attempts end, as their worker says.
extension QueueModel {
    /// Gives a claim up if the worker still has it.
    private func isHeld(_ queue: Queue, _ hold: Hold) -> Claimed? {
        queue.running[hold.worker]?.first { $0.id == hold.id && $0.fence == held[hold]?.fence }
    }

    mutating func acknowledge(_ name: String, _ worker: String, _ ended: [QueueCommand.Ended]) -> [String] {
        var answers: [Bool] = []
        for ending in ended {
            let hold = Hold(queue: name, worker: worker, id: ending.id)
            guard let holding = held[hold], var queue = queues[name], isHeld(queue, hold) != nil else {
                answers.append(false)
                continue
            }
            queue.release(ending.id, from: worker)
            queue.finish(ending, worker, holding, now: now)
            queues[name] = queue
            answers.append(true)
        }
        if answers.contains(true) {
            queues[name]?.note(good: answers.count { $0 }, now: now)
            queues[name]?.trim(to: finishedLimit)
        }
        for (ending, settled) in zip(ended, answers) where settled {
            for child in ending.children where queues[child.queue]?.accept(child.job, now: now) == true {
                queues[child.queue]?.callOne()
            }
        }
        return answers.map { "\($0)" }
    }

    func retry(_ queue: inout Queue, _ hold: Hold, _ delay: Int64) -> [String] {
        guard let claim = isHeld(queue, hold), var job = held[hold]?.job else { return ["\(SettleAnswer.claimLost)"] }
        guard !claim.isToBeCancelled else { return ["\(SettleAnswer.cancelRequested)"] }
        queue.release(hold.id, from: hold.worker)
        job.add("failed", now, attempt: job.attempts + 1, hold.worker, Self.failure.message)
        job.attempts += 1
        job.outcome = .failure(type: Self.failure.type, message: Self.failure.message)
        queue.jobs[hold.id] = job
        queue.retrying[hold.id] = now + delay
        queue.count("failed_attempts")
        queue.note(bad: 1, now: now)
        return ["\(SettleAnswer.settled)"]
    }

    func postpone(_ queue: inout Queue, _ hold: Hold, _ delay: Int64) -> [String] {
        guard let claim = isHeld(queue, hold), var job = held[hold]?.job else { return ["\(SettleAnswer.claimLost)"] }
        guard !claim.isToBeCancelled else { return ["\(SettleAnswer.cancelRequested)"] }
        queue.release(hold.id, from: hold.worker)
        job.add("postponed", now, attempt: job.attempts + 1, hold.worker, "r")
        queue.jobs[hold.id] = job
        if delay > 0 {
            queue.scheduled[hold.id] = now + delay
        } else {
            queue.lineUpFirst(hold.id, job.priority)
            queue.callOne()
        }
        return ["\(SettleAnswer.settled)"]
    }

    func deadLetter(_ queue: inout Queue, _ hold: Hold) -> [String] {
        guard isHeld(queue, hold) != nil, let holding = held[hold] else { return ["\(SettleAnswer.claimLost)"] }
        var job = holding.job
        queue.release(hold.id, from: hold.worker)
        job.add("dead", now, attempt: job.attempts + 1, hold.worker, Self.failure.message)
        job.attempts += 1
        job.mark = .dead
        job.outcome = .failure(type: Self.failure.type, message: Self.failure.message)
        (job.started, job.finished, job.worker) = (holding.started, now, hold.worker)
        queue.jobs[hold.id] = job
        queue.dead[hold.id] = now
        queue.count("died")
        queue.note(bad: 1, now: now)
        return ["\(SettleAnswer.settled)"]
    }
}

extension QueueModel.Job {
    mutating func add(
        _ event: String, _ at: Int64, attempt: Int? = nil, _ worker: String? = nil, _ detail: String? = nil
    ) {
        events.insert(JobEvent(at: at, event: event, attempt: attempt, worker: worker, detail: detail), at: 0)
        if events.count > JobEvent.limit { events = events.prefix(JobEvent.limit - 1) + events.suffix(1) }
    }
}

extension QueueModel.Queue {
    mutating func release(_ id: String, from worker: String) {
        running[worker]?.removeAll { $0.id == id }
        if running[worker]?.isEmpty == true { running[worker] = nil }
    }

    mutating func finish(
        _ ending: QueueCommand.Ended, _ worker: String, _ holding: QueueModel.HeldJob, now: Int64
    ) {
        var job = holding.job
        job.mark = ending.mark
        job.outcome = .result(QueueModel.resultText)
        (job.started, job.finished, job.worker) = (holding.started, now, worker)
        jobs[ending.id] = job
        done.insert(ending.id, at: 0)
        count(ending.mark == .cancelled ? "cancelled" : ending.mark == .expired ? "expired" : "succeeded")
    }

    mutating func trim(to limit: Int) {
        while done.count > limit { jobs[done.removeLast()] = nil }
    }

    /// Counts ends of attempts in slots of ten seconds.
    mutating func note(good: Int = 0, bad: Int = 0, now: Int64) {
        let slot = now / 10_000
        let held = (meta["window:\(slot % 8)"] ?? "").split(separator: " ").compactMap { Int($0) }
        let counts = held.first == Int(slot) ? held.dropFirst() : [0, 0]
        let (before, failures) = (counts.first ?? 0, counts.last ?? 0)
        meta["window:\(slot % 8)"] = "\(slot) \(before + good) \(failures + bad)"
    }
}
