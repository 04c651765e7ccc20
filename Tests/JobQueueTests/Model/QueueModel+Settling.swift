@testable import JobQueue

/// How attempts end, as their worker says.
extension QueueModel {
    /// Gives a claim up if the worker still has it.
    private func isHeld(_ queue: Queue, _ hold: Hold) -> Claimed? {
        queue.running[hold.worker]?.first { $0.id == hold.id && $0.fence == held[hold]?.fence }
    }

    mutating func acknowledge(_ name: String, _ worker: String, _ ended: [QueueCommand.Ended]) -> [String] {
        guard var queue = queues[name] else { return [] }
        var settled: [(completion: QueueCommand.Ended, job: Job)] = []
        var answers: [Bool] = []
        for completion in ended {
            let hold = Hold(queue: name, worker: worker, id: completion.id)
            guard let holding = held[hold], isHeld(queue, hold) != nil,
                !settled.contains(where: { $0.completion.id == completion.id })
            else {
                answers.append(false)
                continue
            }
            let job = holding.job.ended(completion, worker, started: holding.started, now: now)
            queue.stopRunning(completion.id, job.options, lives: completion.isWaiting)
            if !completion.isWaiting { queue.endLinks(completion.id, job, now: now) }
            settled.append((completion, job))
            answers.append(true)
        }
        for (completion, job) in settled {
            queue.release(completion.id, from: worker)
            queue.jobs[completion.id] = job
        }
        queue.remember(settled.filter { !$0.completion.isWaiting }, keep: finishedLimit, now: now)
        queues[name] = queue
        let waiting = settled.first { $0.completion.isWaiting }?.completion
        if let waiting { startBatch(waiting, in: name) }
        for (completion, _) in settled { enqueueChildren(of: completion, in: name) }
        if let waiting { finishStarting(waiting, in: name) }
        let tells = ended.contains { completion in
            completion.isWaiting || held[Hold(queue: name, worker: worker, id: completion.id)]?.job.options.batch != nil
        }
        if tells { deliverChildCompletions(of: name) }
        return answers.map { "\($0)" }
    }

    func retry(_ queue: inout Queue, _ hold: Hold, _ delay: Int64) -> [String] {
        guard let claim = isHeld(queue, hold), var job = held[hold]?.job else { return ["\(SettleAnswer.claimLost)"] }
        guard !claim.isToBeCancelled else { return ["\(SettleAnswer.cancelRequested)"] }
        queue.release(hold.id, from: hold.worker)
        job.add("failed", now, attempt: job.attempts + 1, hold.worker, Self.failure.message)
        job.attempts += 1
        job.outcome = failureText
        queue.jobs[hold.id] = job
        queue.retrying[hold.id] = now + delay
        queue.count("failed_attempts")
        queue.note(bad: 1, now: now)
        queue.stopRunning(hold.id, job.options, lives: true)
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
        queue.stopRunning(hold.id, job.options, lives: true)
        return ["\(SettleAnswer.settled)"]
    }

    func park(_ queue: inout Queue, _ hold: Hold, _ gate: String) -> [String] {
        guard let claim = isHeld(queue, hold), var job = held[hold]?.job else { return ["\(SettleAnswer.claimLost)"] }
        guard !claim.isToBeCancelled else { return ["\(SettleAnswer.cancelRequested)"] }
        queue.release(hold.id, from: hold.worker)
        job.add("parked", now, attempt: job.attempts + 1, hold.worker, "r")
        queue.jobs[hold.id] = job
        queue.stopRunning(hold.id, job.options, lives: true)
        queue.setAside(hold.id, gate)
        return ["\(SettleAnswer.settled)"]
    }

    func deadLetter(_ queue: inout Queue, _ hold: Hold) -> [String] {
        guard isHeld(queue, hold) != nil, let holding = held[hold] else { return ["\(SettleAnswer.claimLost)"] }
        var job = holding.job
        queue.release(hold.id, from: hold.worker)
        job.add("dead", now, attempt: job.attempts + 1, hold.worker, Self.failure.message)
        job.attempts += 1
        job.stateCode = .dead
        job.outcome = failureText
        (job.started, job.finished, job.worker) = (holding.started, now, hold.worker)
        queue.jobs[hold.id] = job
        queue.dead[hold.id] = now
        queue.count("died")
        queue.note(bad: 1, now: now)
        queue.stopRunning(hold.id, job.options, lives: false)
        queue.endLinks(hold.id, job, now: now)
        return ["\(SettleAnswer.settled)"]
    }

    private var failureText: String {
        Completion.outcome(of: JobFailure(type: Self.failure.type, message: Self.failure.message, at: now))
    }
}

extension QueueModel.Job {
    /// Its record after an attempt that its worker ended for good.
    func ended(_ completion: QueueCommand.Ended, _ by: String, started: Int64, now: Int64) -> QueueModel.Job {
        var job = self
        job.stateCode = completion.isWaiting ? .waiting : completion.stateCode
        job.outcome = #"{"result":\#(QueueModel.resultText)}"#
        (job.started, job.finished, job.worker) = (started, completion.isWaiting ? nil : now, by)
        return job
    }

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

    /// Counts and remembers jobs that are over.
    mutating func remember(
        _ settled: [(completion: QueueCommand.Ended, job: QueueModel.Job)], keep: Int, now: Int64
    ) {
        guard !settled.isEmpty else { return }
        for (completion, job) in settled {
            done.insert(completion.id, at: 0)
            count(job.stateCode == .cancelled ? "cancelled" : job.stateCode == .expired ? "expired" : "succeeded")
        }
        trim(to: keep)
        note(good: settled.count, now: now)
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
