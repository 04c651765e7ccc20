import Documents
import JobQueue
import ScheduleConfiguration

/// Finds what a name is of, and asks why that does not run or trade. Reads Redis, the schedule and the ledger, and
/// changes nothing.
public struct WhyLookup: Sendable {
    /// What became of a question.
    public enum Outcome: Sendable {
        case answer(Why)
        /// Several things have the name.
        case ambiguous([Why.Subject])
        /// Nothing has it; the nearest name, if one is near.
        case unknown(nearest: String?)
    }

    private let sources: WhySources
    private var view: FleetView { sources.view }

    /// - Parameter sources: of the fleet that is asked about.
    public init(_ sources: WhySources) { self.sources = sources }

    /// Looks the name up among jobs, queues, schedule entries, bots and orders, and answers when one of them has it.
    /// - Parameter wanted: the only subject that is looked at; nil for all.
    public func ask(_ name: String, as wanted: Why.Subject? = nil) async throws -> Outcome {
        let fleet = try await FleetHolds(await view.schedule(), view)
        var found: [Why] = []
        for subject in Why.Subject.allCases where wanted == nil || wanted == subject {
            // A unique key is asked for only when nothing else has the name.
            if wanted == nil, subject == .uniqueKey, !found.isEmpty { continue }
            guard let (own, answer) = try await answer(subject, name, fleet) else { continue }
            found.append(Why(subject: subject, name: own, answer: answer, now: fleet.now))
        }
        guard let first = found.first else { return .unknown(nearest: try await nearest(to: name, wanted)) }
        return found.count == 1 ? .answer(first) : .ambiguous(found.map(\.subject))
    }

    private func answer(
        _ subject: Why.Subject, _ name: String, _ fleet: FleetHolds
    ) async throws -> (String, WhyAnswer)? {
        switch subject {
        case .job: try await job(name, fleet).map { (name, $0) }
        case .queue: try await queue(name, fleet).map { (name, $0) }
        case .schedule: try await schedule(name, fleet).map { (name, $0) }
        case .bot:
            if let bot = try await sources.bot(name, fleet.workers) {
                (bot.name, try await whole(bot, fleet))
            } else {
                nil
            }
        case .order:
            if let order = try await sources.order(name) { (order.name, try await whole(order, fleet)) } else { nil }
        case .uniqueKey: try await uniqueKey(name, fleet).map { (name, $0) }
        }
    }

    private func job(_ name: String, _ fleet: FleetHolds) async throws -> WhyAnswer? {
        guard let id = try? JobID(name), let job = try await QueueInspector(broker: view.broker).job(id),
            job.envelope.stateCode != .deletedInReady
        else { return nil }
        return try await WhyJob(view: view, fleet: fleet).answer(job)
    }

    private func queue(_ name: String, _ fleet: FleetHolds) async throws -> WhyAnswer? {
        guard let queue = try? QueueName(name) else { return nil }
        let inspector = QueueInspector(broker: view.broker)
        let isKnown = try await inspector.queues().contains(queue)
        guard isKnown || fleet.rules[name] != nil else { return nil }
        let leader = try await inspector.leader()
        return try await WhyQueue(view: view, fleet: fleet, hasLeader: leader != nil).answer(queue)
    }

    private func schedule(_ name: String, _ fleet: FleetHolds) async throws -> WhyAnswer? {
        let facts = try await ScheduleFacts(name, view, options: sources.options)
        if facts.entry == nil, facts.records.isEmpty {
            // An entry that only the file of this host knows waits for that file.
            let own = try? view.ownSchedule()
            guard own?.schedules.contains(where: { $0.name == ScheduleFacts.entryName(name) }) == true else {
                return nil
            }
        }
        guard facts.entity == nil || facts.entry == nil || facts.entry?.forEach != nil else { return nil }
        return try await WhySchedule(view: view, fleet: fleet, facts: facts).answer()
    }

    /// The job that holds a unique key, in whichever queue.
    private func uniqueKey(_ key: String, _ fleet: FleetHolds) async throws -> WhyAnswer? {
        let inspector = QueueInspector(broker: view.broker)
        for queue in try await inspector.queues() {
            guard let holder = try await inspector.uniqueHolder(of: key, in: queue) else { continue }
            let facts = [
                WhyFact("unique key '\(key)' of queue '\(queue)' is of job \(holder.id)", from: "locks in Redis")
            ]
            let start =
                "no job with unique key '\(key)' is enqueued in '\(queue)' while job '\(holder.id)' holds the key"
            guard let job = try await inspector.job(holder.id), !job.state.isFinal else {
                guard holder.until > fleet.now else { continue }
                let left = Shown.age(milliseconds: holder.until - fleet.now)
                return WhyAnswer(
                    "unique-key", "\(start), for \(left) more", facts: facts,
                    remedy: "Give another key, or wait; 'flotilla jobs delete \(holder.id)' frees it.")
            }
            var answer = try await WhyJob(view: view, fleet: fleet).answer(job).behind(start, facts: facts)
            answer.cause = "unique-key"
            return answer
        }
        return nil
    }

    /// The answer of a standing, with the cause that lies in the queue or the schedule.
    private func whole(_ standing: WhyStanding, _ fleet: FleetHolds) async throws -> WhyAnswer {
        let deeper: WhyAnswer? =
            switch standing.next {
            case .job(let id): try await job(id.description, fleet)
            case .schedule(let name): try await schedule(name, fleet)
            case .queue(let queue): try await self.queue(queue.description, fleet)
            case nil: nil
            }
        guard let deeper else { return standing.answer }
        var answer = deeper.behind(standing.answer.sentence, facts: standing.answer.facts)
        if Self.well.contains(deeper.cause) {
            (answer.cause, answer.remedy) = (standing.answer.cause, standing.answer.remedy)
        }
        return answer
    }

    /// Causes that say that nothing is wrong.
    private static let well: Set<String> = ["running", "idle", "succeeded", "not-due", "next"]

    /// - Parameter wanted: the only subject whose names count; nil for all. Jobs and orders have too many to look at.
    private func nearest(to name: String, _ wanted: Why.Subject?) async throws -> String? {
        let file = await view.schedule()
        var names: [String] = []
        if wanted == nil || wanted == .queue {
            names += try await QueueInspector(broker: view.broker).queues().map(\.description)
            names += file?.queues.map(\.name.description) ?? []
        }
        if wanted == nil || wanted == .schedule { names += file?.schedules.map(\.name) ?? [] }
        if wanted == nil || wanted == .bot { names += await sources.bots() }
        return SpellingSuggestion.suggestion(for: name, among: names)
    }
}
