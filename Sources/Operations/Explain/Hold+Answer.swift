import Documents
import JobQueue

/// A hold as an answer: pure, of what was read.
extension Hold {
    /// - Parameters:
    ///   - who: what waits, such as `job 'x'` or `3 jobs of 'market'`.
    ///   - now: unix milliseconds, by Redis' clock.
    func answer(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        switch cause {
        case .paused: paused(who, evidence, at: now)
        case .unserved: unserved(who, evidence, at: now)
        case .circuit: plain("circuit-open", who, at: now, facts: noteFacts(evidence))
        case .limit: limit(who, evidence, at: now)
        case .unsafeRedis:
            plain("unsafe-redis", who, at: now, facts: [WhyFact(reason, from: "INFO and CONFIG of Redis")])
        case .halted: plain("halted", who, at: now, facts: noteFacts(evidence))
        case .held: plain("held", who, at: now, facts: [WhyFact(reason, from: "order gate in Redis")])
        case .fuse: plain("fuse", who, at: now, facts: noteFacts(evidence))
        case .busy: busy(who, evidence, at: now)
        case .concurrencyKey: concurrencyKey(who, evidence, at: now)
        case .unknownKind: plain("unknown-kind", who, at: now, facts: kindFacts(evidence))
        case .children: children(who, evidence, at: now)
        case .crashed: plain("crashed", who, at: now)
        case .postponed: plain(postponedCause, who, at: now)
        case .dueLater: plain("not-due", who, at: now, facts: dueFacts)
        case .retrying: plain("retrying", who, at: now, facts: dueFacts)
        case .inLine: plain("in-line", who, at: now)
        }
    }

    private func plain(_ word: String, _ who: String, at now: Int64, facts: [WhyFact] = []) -> WhyAnswer {
        WhyAnswer(word, sentence(at: now, jobs: who), facts: facts, remedy: remedy)
    }

    /// Handlers postpone what a setting forbids, with the setting in their reason.
    private var postponedCause: String {
        if reason.hasPrefix("TRADING_ENABLED ") { return "trading-disabled" }
        return reason.hasPrefix("CACHE_ENABLED ") ? "cache-disabled" : "postponed"
    }

    private var dueFacts: [WhyFact] {
        until.map { [WhyFact("due at \(Timestamp.text($0))", from: "its place in Redis")] } ?? []
    }

    private func noteFacts(_ evidence: HoldEvidence) -> [WhyFact] {
        evidence.note.map { note in
            let why = note.why.isEmpty ? "" : ": \(note.why)"
            return [WhyFact("\(note.action) by \(note.who)\(why)", from: "operator log", at: note.at)]
        } ?? []
    }

    private func left(_ now: Int64) -> String {
        until.map { $0 > now ? ", \(Shown.age(milliseconds: $0 - now)) more" : "" } ?? ""
    }

    private func paused(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        let by = evidence.note.map { " by \($0.who)" } ?? ""
        let end = until == nil ? " until it is resumed" : left(now)
        let why = reason.isEmpty ? "" : ": " + Shown.line(reason, 200)
        let until = until.map { [WhyFact("paused until \(Timestamp.text($0))", from: "queue in Redis")] } ?? []
        return WhyAnswer(
            "queue-paused", "\(who) waits: queue '\(queue)' is paused\(by)\(end)\(why)",
            facts: noteFacts(evidence) + until, remedy: remedy)
    }

    private func unserved(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        guard let first = evidence.stopping.first else {
            let fact = WhyFact("no live worker reports it", from: "worker registry")
            return plain("no-worker", who, at: now, facts: [fact])
        }
        let states = Set(evidence.stopping.map(\.state)).sorted().joined(separator: " or ")
        let count = evidence.stopping.count
        let workers = count == 1 ? "the one worker that serves queue" : "the \(count) workers that serve queue"
        return WhyAnswer(
            "workers-stopping",
            "\(who) waits: \(workers) '\(queue)' \(count == 1 ? "is" : "are") \(states) and "
                + "\(count == 1 ? "takes" : "take") no more jobs",
            facts: evidence.stopping.prefix(5).map { Self.fact(of: $0) },
            remedy: "Another worker takes them: start 'flotilla worker --queues \(queue)', unless "
                + "\(first.id) is replaced by its supervisor.")
    }

    private static func fact(of worker: WorkerReport) -> WhyFact {
        WhyFact(
            "worker \(worker.id) of pool \(worker.pool) is \(worker.state), \(worker.running) of \(worker.slots) slots "
                + "taken", from: "worker registry", at: worker.heartbeatMilliseconds)
    }

    private func busy(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        let slots = evidence.serving.reduce(0) { $0 + $1.slots }
        let count = evidence.serving.count
        let workers = count == 1 ? "the one worker that serves" : "the \(count) workers that serve"
        return WhyAnswer(
            "workers-full",
            "\(who) waits: \(slots == 1 ? "the only slot" : "all \(slots) slots") of \(workers) queue '\(queue)' "
                + "\(slots == 1 ? "is" : "are") taken; it runs as soon as one is free",
            facts: evidence.serving.prefix(5).map { Self.fact(of: $0) },
            remedy: "See what runs with 'flotilla jobs list --state running'; more processes or slots make room.")
    }

    private func kindFacts(_ evidence: HoldEvidence) -> [WhyFact] {
        [
            WhyFact(
                evidence.serving.isEmpty
                    ? "no live worker serves queue '\(queue)'"
                    : "\(evidence.serving.count) live workers serve queue '\(queue)', and none reports the kind",
                from: "worker registry")
        ]
    }

    private func concurrencyKey(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        var answer = plain("concurrency-key", who, at: now)
        guard let holder = evidence.holders.first else { return answer }
        let more = evidence.holders.count > 1 ? " and \(evidence.holders.count - 1) more" : ""
        answer.sentence =
            "\(who) waits for concurrency key '\(name ?? "")', which job '\(holder.id)'\(more) holds until it ends"
        answer.facts = evidence.holders.map { job in
            let place = job.worker.map { " on \($0)" } ?? ""
            return WhyFact(
                "job \(job.id) is \(job.state.rawValue)\(place)", from: "claims in Redis", at: job.startedMilliseconds)
        }
        answer.remedy = "To stop the other one: flotilla jobs cancel \(holder.id)"
        return answer
    }

    private func children(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        var answer = plain("children", who, at: now)
        guard let first = evidence.children.open.first else { return answer }
        let open = evidence.children.open
        let names = open.prefix(3).map { "'\($0.id)'" }.joined(separator: ", ")
        let more = open.count > 3 ? " and \(open.count - 3) more" : ""
        answer.sentence =
            "\(who) waits for \(open.count) of its \(evidence.children.all) children to end: \(names)\(more)"
        answer.facts = open.prefix(5).map { child in
            WhyFact("child \(child.id) in queue \(child.queue) has not ended", from: "batch in Redis")
        }
        answer.remedy = "Ask on with: flotilla why \(first.id)"
        return answer
    }
}

/// Limits.
extension Hold {
    fileprivate func limit(_ who: String, _ evidence: HoldEvidence, at now: Int64) -> WhyAnswer {
        guard let level = evidence.level else { return plain("limit-empty", who, at: now) }
        let bucket = level.bucket
        let facts =
            [
                WhyFact(Self.text(of: level, evidence.takers, until: until), from: "bucket in Redis")
            ] + noteFacts(evidence)
        let next = until.map { ", \(Shown.age(milliseconds: max(0, $0 - now))) more" } ?? ""
        let remedy = "It fills by itself; another rate for all: flotilla limits set \(bucket.name) RATE"
        if level.closedMilliseconds > 0 {
            return WhyAnswer("limit-closed", sentence(at: now, jobs: who), facts: facts, remedy: remedy)
        }
        let kept = bucket.reserve.filter { $0.key != queue && $0.value > 0 }.sorted { $0.key < $1.key }
        if level.available >= Double(evidence.cost), !kept.isEmpty {
            let names = kept.map { "\($0.value) for \($0.key)" }.joined(separator: ", ")
            return WhyAnswer(
                "limit-reserve",
                "\(who) waits for tokens of limit '\(bucket.name)'\(next): the ones that are left are the reserve, "
                    + names, facts: facts, remedy: remedy)
        }
        let first = evidence.takers.first.map { taker in
            let all = evidence.takers.reduce(0) { $0 + $1.tokens }
            return ": \(taker.callers) took \(taker.tokens) of the \(all) tokens of the last minute"
        }
        return WhyAnswer(
            "limit-empty", "\(who) waits for tokens of limit '\(bucket.name)', which is empty\(next)\(first ?? "")",
            facts: facts, remedy: remedy)
    }

    private static func text(of level: BucketLevel, _ takers: [TokenTaker], until: Int64?) -> String {
        let tenths = (max(0, level.available) * 10).rounded(.down) / 10
        let next = until.map { ", next at \(Timestamp.text($0))" } ?? ""
        let names = takers.prefix(5).map { "\($0.callers) \($0.tokens)" }.joined(separator: ", ")
        let taken = names.isEmpty ? "" : "; in the last minute: \(names)"
        return "limit \(level.bucket.name): \(tenths) of \(level.bucket.burst) tokens, "
            + "\(Shown.rate(level.bucket.ratePerSecond)) a second\(next)\(taken)"
    }
}
