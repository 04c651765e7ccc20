import JobQueue
import Redis

/// Reads the requests of workers that Redis has carried out, and tells the invariant checkers what each of them means.
struct WorkerRequests: Sendable {
    let jobs: JobInvariants
    let tokens: TokenInvariants
    let policies: PolicyInvariants
    /// By the key of their records.
    let queues: [String: QueueName]

    func saw(_ seen: ObservedRequest) -> String? {
        let words = seen.request.arguments
        switch seen.request.name {
        case "fetch": return sawFetch(seen, words)
        case "acknowledge": return sawAcknowledge(seen, words)
        case "retry": return sawSettlement(seen, words) { .retried(at: $0) }
        case "postpone": return sawSettlement(seen, words) { .postponed(until: $0) }
        case "dead_letter": return sawSettlement(seen, words) { _ in .finished(.dead) }
        case "extend_lease":
            // ARGV: worker, ...; each reply begins with 0 where the lease was lost.
            let isLost = seen.replies.contains { (try? $0.array().first?.int()) == 0 }
            if seen.isReceived, isLost, let worker = words.first?.textIfAny {
                jobs.leaseLost(by: worker, seen.moment.elapsed)
            }
            return nil
        case "mend_due":
            // KEYS: waiting jobs, records; ARGV: now, due times up to here are left alone; each reply is a count.
            if let far = words.dropFirst().first?.integerIfAny, let key = seen.request.keys.last,
                let queue = queues[key], seen.replies.contains(where: { $0 != .integer(0) })
            {
                jobs.mended(in: queue, beyond: Int64(far))
            }
            return nil
        case "take_tokens": return sawTake(seen, words)
        case "give_back_tokens":
            guard let tokens = words.dropFirst(5).first?.integerIfAny else { return nil }
            self.tokens.gaveBack(tokens, by: seen.life)
            return nil
        default: return nil
        }
    }

    /// ARGV: worker, now, ...; the reply is the fence, and then the id and record of each job.
    private func sawFetch(_ seen: ObservedRequest, _ words: [RedisWord]) -> String? {
        guard let worker = words.first?.textIfAny, let key = seen.request.keys.first, let queue = queues[key] else {
            return nil
        }
        var violation = jobs.fetches(from: queue, worker)
        guard let values = try? seen.reply.array(), values.count > 2, let fence = try? values[0].int() else {
            return violation
        }
        for at in stride(from: 1, to: values.count - 1, by: 2) {
            guard let id = try? values[at].string(), let record = try? values[at + 1].bytes(),
                let envelope = try? JobEnvelope(record: record, id: id)
            else { return "a record of queue \(queue) cannot be read" }
            let claim = JobInvariants.Claim(
                id: id, queue: queue, worker: worker, fence: Int64(fence), envelope: envelope)
            policies.admitted(claim, seen.life)
            let found = jobs.claimed(claim, seen.moment, isReceived: seen.isReceived)
            violation = violation ?? found
        }
        return violation
    }

    /// ARGV: now, limit, number of jobs; id, fence, record and counter of each; two words for a batch; number of
    /// children; seven words for each, of which the fourth is its id.
    private func sawAcknowledge(_ seen: ObservedRequest, _ words: [RedisWord]) -> String? {
        guard let count = words.dropFirst(2).first?.integerIfAny, let settled = try? seen.reply.array(),
            settled.count == count, words.count > 5 + 4 * count
        else { return nil }
        var violation: String?
        var accepted: Set<Int> = []
        for position in 0..<count {
            let at = 3 + 4 * position
            guard let id = words[at].textIfAny, let fence = words[at + 1].integerIfAny,
                let state = JobEnvelope.StateCode(counter: words[at + 3].textIfAny ?? "")
            else { return "an acknowledgement cannot be read" }
            guard seen.isReceived else {
                jobs.mayHaveSettled(id)
                continue
            }
            guard (try? settled[position].bool()) == true else {
                jobs.refusedToSettle()
                continue
            }
            accepted.insert(position + 1)
            let found = jobs.settled(id, fence: Int64(fence), .finished(state))
            violation = violation ?? found
        }
        for at in stride(from: 6 + 4 * count, to: words.count - 6, by: 7) {
            guard let parent = words[at].integerIfAny, accepted.contains(parent), let id = words[at + 3].textIfAny
            else { continue }
            // A child that exists already was enqueued by an earlier run whose reply was lost.
            let found = jobs.accepted(id, isNew: false)
            violation = violation ?? found
        }
        return violation
    }

    /// ARGV: id, fence, now, time. The reply is 1 when it was settled, -1 when it is to be cancelled, else 0.
    private func sawSettlement(
        _ seen: ObservedRequest, _ words: [RedisWord], _ verdict: (Int64) -> JobInvariants.Verdict
    ) -> String? {
        guard words.count > 3, let id = words[0].textIfAny, let fence = words[1].integerIfAny,
            let answer = try? seen.reply.int()
        else { return nil }
        guard seen.isReceived else {
            jobs.mayHaveSettled(id)
            return nil
        }
        if answer == 0 { jobs.refusedToSettle() }
        guard answer == 1 else { return nil }
        return jobs.settled(id, fence: Int64(fence), verdict(Int64(words[3].integerIfAny ?? 0)))
    }

    /// ARGV: now, least, most, number of limits; rate, burst, window, floor, whether it counts, and cost of the only
    /// one. The reply is the number of jobs, their wait, what is left, and the bucket's own time.
    private func sawTake(_ seen: ObservedRequest, _ words: [RedisWord]) -> String? {
        guard let now = words.first?.integerIfAny, let cost = words.dropFirst(9).first?.integerIfAny,
            let numbers = try? seen.reply.array(), numbers.count == 4, let taken = try? numbers[0].int(),
            let own = try? numbers[3].int()
        else { return nil }
        tokens.asked(now: Int64(now), own: Int64(own))
        // The tokens of a lost reply are lost: nobody spends them.
        guard seen.isReceived, taken > 0 else { return nil }
        return tokens.took(taken * cost, by: seen.life, now: Int64(now))
    }
}

extension JobEnvelope.StateCode {
    /// The state of a job that is acknowledged under this counter.
    fileprivate init?(counter: String) {
        switch counter {
        case "succeeded": self = .succeeded
        case "cancelled": self = .cancelled
        case "expired": self = .expired
        case "waiting": self = .waiting
        default: return nil
        }
    }
}
