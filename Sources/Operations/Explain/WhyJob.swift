import Documents
public import JobQueue

/// Why a job does not run, or what became of it.
struct WhyJob: Sendable {
    let view: FleetView
    let fleet: FleetHolds

    private var now: Int64 { fleet.now }

    func answer(_ job: StoredJob) async throws -> WhyAnswer {
        switch job.state {
        case .running: running(job)
        case .dead: try await dead(job)
        case .expired: expired(job)
        case .succeeded: succeeded(job)
        case .cancelled: cancelled(job)
        case .scheduled, .ready, .waiting, .retrying, .parked: try await held(job)
        }
    }

    private func who(_ job: StoredJob) -> String { "job '\(job.id)'" }

    private func held(_ job: StoredJob) async throws -> WhyAnswer {
        let holds = try await JobHolds(view).holds(of: job, fleet)
        guard let first = holds.first(where: { !$0.isOrdinary }) ?? holds.first else {
            return WhyAnswer(
                "next", "\(who(job)) is first in queue '\(job.queue)' and runs as soon as a worker fetches it",
                facts: [record(job)])
        }
        let evidence = try await HoldReader(fleet: fleet, broker: view.broker).evidence(of: first, job: job)
        var answer = first.answer(who(job), evidence, at: now)
        if job.state == .retrying, let failure = job.failure {
            answer.sentence += "; attempt \(job.attempt) failed: \(Shown.line(failure.message, 200))"
        }
        answer.facts += holds.filter { $0 != first }.map { WhyFact($0.sentence(at: now, jobs: "it"), from: "Redis") }
        answer.facts.append(record(job))
        return answer
    }

    private func record(_ job: StoredJob) -> WhyFact {
        WhyFact(
            "\(job.envelope.kind) in queue \(job.queue), \(job.state.rawValue), \(job.attempt) attempts spent",
            from: "record in Redis", at: job.waitingSinceMilliseconds)
    }

    private func running(_ job: StoredJob) -> WhyAnswer {
        let since = job.startedMilliseconds.map { " for \(Shown.age(milliseconds: max(0, now - $0)))" } ?? ""
        let worker = job.worker ?? "a worker"
        let facts = [
            WhyFact("attempt \(job.attempt) runs on \(worker)", from: "claim in Redis", at: job.startedMilliseconds)
        ]
        guard fleet.workers.contains(where: { $0.id.description == job.worker }) else {
            return WhyAnswer(
                "worker-lost",
                "\(who(job)) was claimed by \(worker)\(since), which does not report any more; it is handed out again "
                    + "when its lease has ended", facts: facts,
                remedy: "Look at that process; 'flotilla status' lists the workers that live.")
        }
        return WhyAnswer(
            "running", "\(who(job)) runs on \(worker)\(since)", facts: facts,
            remedy: "To stop it: flotilla jobs cancel \(job.id)")
    }

    private func dead(_ job: StoredJob) async throws -> WhyAnswer {
        let died = job.envelope.finishedMilliseconds
        let age = died.map { ", \(Shown.age(milliseconds: max(0, now - $0))) ago" } ?? ""
        let failure = job.failure
        let alike = try await view.broker.deadLetters.alike(
            failure?.fingerprint ?? "", job.envelope.kind, in: job.queue)
        let scope = alike.looked < alike.total ? "the newest \(alike.looked) of \(alike.total)" : "\(alike.total)"
        let count = alike.count == 1 ? "it alone" : "\(alike.count)"
        let attempts = "\(job.attempt) \(job.attempt == 1 ? "attempt" : "attempts")"
        let message = failure.map { ": \($0.type): \(Shown.line($0.message, 200))" } ?? ""
        var facts = [
            WhyFact(
                "of \(scope) dead jobs of '\(job.queue)' \(count) failed alike"
                    + (failure.map { ", group \($0.fingerprint)" } ?? ""), from: "dead jobs in Redis",
                at: alike.firstMilliseconds),
            WhyFact("\(attempts), \(job.envelope.crashes) crashes", from: "record in Redis", at: died),
        ]
        var remedy = "Run it again with: flotilla failed retry \(job.id)"
        if alike.count > 1, let failure {
            remedy += "; all alike: flotilla failed retry --group \(failure.fingerprint)"
        }
        if let holder = try await uniqueRival(of: job) {
            facts.append(WhyFact("job \(holder) holds its unique key, and a retry is refused", from: "locks in Redis"))
            remedy = "It can run again once '\(holder)' has ended."
        }
        return WhyAnswer(
            "dead", "\(who(job)) is dead\(age), after \(attempts)\(message)", facts: facts, remedy: remedy)
    }

    private func uniqueRival(of job: StoredJob) async throws -> JobID? {
        guard let key = JobOptions(text: job.envelope.options).uniqueKey,
            let holder = try await QueueInspector(broker: view.broker).uniqueHolder(of: key, in: job.queue)
        else { return nil }
        return holder.id == job.id ? nil : holder.id
    }

    private func expired(_ job: StoredJob) -> WhyAnswer {
        let limit = JobOptions(text: job.envelope.options).freshUntilMilliseconds
        let until = limit.map { ": it was to start by \(Timestamp.text($0)), and had not" } ?? ""
        let held = job.timeline.last { $0.event == "postponed" }?.detail.map { "; last it waited because \($0)" } ?? ""
        return WhyAnswer(
            "expired", "\(who(job)) expired and does not run any more\(until)\(Shown.line(held, 200))",
            facts: [WhyFact("expired", from: "record in Redis", at: job.envelope.finishedMilliseconds)],
            remedy: "Enqueue it anew if it is still wanted.")
    }

    private func cancelled(_ job: StoredJob) -> WhyAnswer {
        let event = job.timeline.last { $0.event == "cancelled" || $0.event == "replaced" || $0.event == "dropped" }
        let detail = event?.detail.map { ": \(Shown.line($0, 200))" } ?? ""
        return WhyAnswer(
            "cancelled", "\(who(job)) was cancelled\(detail)",
            facts: [WhyFact("cancelled", from: "record in Redis", at: job.envelope.finishedMilliseconds)],
            remedy: "Enqueue it anew if it is still wanted.")
    }

    private func succeeded(_ job: StoredJob) -> WhyAnswer {
        let facts = [
            WhyFact(
                "succeeded on \(job.worker ?? "a worker")", from: "record in Redis",
                at: job.envelope.finishedMilliseconds)
        ]
        if let reason = job.skippedBecause {
            return WhyAnswer(
                "did-nothing", "\(who(job)) has run and did nothing, with the reason \(reason)", facts: facts)
        }
        return WhyAnswer("succeeded", "\(who(job)) has run and succeeded", facts: facts)
    }
}

extension StoredJob {
    /// The reason code of a job that succeeded and did nothing, such as `STALE_DECISION`; nil for any other.
    public var skippedBecause: String? {
        let mark = "\"skipped\":\""
        guard state == .succeeded, let start = envelope.outcome.firstRange(of: mark)?.upperBound else { return nil }
        return String(envelope.outcome[start...].prefix { $0 != "\"" }.prefix(60))
    }
}
