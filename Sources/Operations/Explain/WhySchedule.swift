import Documents
import JobQueue
import ScheduleConfiguration
import Scheduler

/// Why a schedule entry, or one entity of it, enqueues no job, or what became of its newest one.
struct WhySchedule: Sendable {
    let view: FleetView
    let fleet: FleetHolds
    let facts: ScheduleFacts

    func answer() async throws -> WhyAnswer {
        if let obstacle = facts.obstacle { return obstacle }
        if let skipped = facts.skipped {
            guard skipped.cause == "tick-overlap" else { return skipped }
            return try await overlap(skipped)
        }
        if let job = try await newestJob(), job.state != .succeeded || job.skippedBecause != nil {
            let answer = try await WhyJob(view: view, fleet: fleet).answer(job)
            let tick = facts.newest.map { ", of the tick at \(Timestamp.text($0.nominal))," } ?? ""
            return WhyAnswer(
                answer.cause, "the newest job of '\(facts.name)'\(tick) is '\(job.id)': \(answer.sentence)",
                facts: answer.facts + facts.tickFacts, remedy: answer.remedy)
        }
        return facts.fileTrouble ?? facts.ordinary
    }

    /// The job that the newest tick enqueued for it; nil when it is gone, or the tick enqueued several.
    private func newestJob() async throws -> StoredJob? {
        guard let record = facts.newest, record.ran(facts.entity) else { return nil }
        let text = facts.entity.map { "\(ScheduleFacts.entryName(facts.name))@\(record.nominal)#\($0)" } ?? record.job
        guard let text, let id = try? JobID(text) else { return nil }
        return try await QueueInspector(broker: view.broker).job(id)
    }

    /// Names the job that was unfinished when the tick came.
    private func overlap(_ skipped: WhyAnswer) async throws -> WhyAnswer {
        guard let entry = facts.entry else { return skipped }
        let inspector = QueueInspector(broker: view.broker)
        let name = facts.entity == nil ? facts.overlapName : facts.name
        let ids = try await inspector.unfinishedJobs(ofEntry: name, in: try QueueName(entry.queue))
        guard let id = ids.first, let job = try await inspector.job(id) else { return skipped }
        let why = try await WhyJob(view: view, fleet: fleet).answer(job)
        var answer = skipped
        answer.sentence += "; \(why.sentence)"
        answer.facts += why.facts
        answer.remedy = "Ask on with: flotilla why \(id)"
        return answer
    }
}

/// The decisions: pure, of what was read.
extension ScheduleFacts {
    /// The newest record of its ticks.
    var newest: TickRecord? { records.first }

    /// Of an entry with a fan-out, an entity that overlapped.
    fileprivate var overlapName: String {
        newest?.overlap?.first.map { $0.isEmpty ? name : "\(name)#\($0)" } ?? name
    }

    fileprivate var next: String {
        entry?.next(after: now).map { "its next tick is in \(Shown.age(milliseconds: $0 - now))" }
            ?? "it has no further tick"
    }

    fileprivate var tickFacts: [WhyFact] {
        var facts: [WhyFact] = []
        if let newest {
            let reason = newest.reason.map { " (\($0))" } ?? ""
            facts.append(
                WhyFact(
                    "newest tick: \(Timestamp.text(newest.nominal)), \(newest.outcome.rawValue)\(reason), "
                        + "\(newest.jobs) jobs", from: "tick history", at: newest.at))
        }
        if entry != nil { facts.append(WhyFact(next, from: "active schedule, version \(version)")) }
        facts.append(WhyFact(leader.map { "\($0) leads" } ?? "no scheduler leads", from: "leader lease"))
        return facts
    }

    /// What keeps all of its ticks from being enqueued; nil for nothing.
    var obstacle: WhyAnswer? {
        guard let entry else { return fileTrouble ?? missing }
        guard entry.enabled else {
            return WhyAnswer(
                "entry-disabled", "entry '\(entry.name)' does not tick: 'enabled: false' in the schedule",
                facts: tickFacts, remedy: "Set 'enabled: true' in the schedule file.")
        }
        return unled ?? ahead(entry) ?? paused
    }

    private var missing: WhyAnswer {
        WhyAnswer(
            "not-scheduled",
            "'\(name)' is not in the active schedule, version \(version): nothing ticks under that name",
            facts: tickFacts, remedy: "Add it to the schedule file; 'flotilla schedule list' shows what is active.")
    }

    private var unled: WhyAnswer? {
        guard leader == nil else { return nil }
        let limit = LeaderLease.skewLimitMilliseconds
        if let far = schedulers.first(where: { Int64($0.skewMilliseconds.magnitude) > limit }) {
            let off = Shown.age(milliseconds: Int64(far.skewMilliseconds.magnitude))
            return WhyAnswer(
                "leader-clock",
                "'\(name)' does not tick: scheduler \(far.holder) may not lead, because its clock is \(off) "
                    + "\(far.skewMilliseconds > 0 ? "ahead of" : "behind") that of Redis and \(limit / 1_000) s are "
                    + "allowed",
                facts: [WhyFact("skew \(far.skewMilliseconds) ms", from: "heartbeat", at: far.seenMilliseconds)]
                    + tickFacts, remedy: "Set the clock of that host right; it leads within a second of that.")
        }
        let count = schedulers.count
        let seen = count == 0 ? "none has reported within a minute" : "\(count) report, and one will lead in seconds"
        return WhyAnswer(
            "no-leader", "'\(name)' does not tick: no scheduler leads, \(seen)", facts: tickFacts,
            remedy: "Start one with 'flotilla scheduler'.")
    }

    private func ahead(_ entry: ScheduleEntry) -> WhyAnswer? {
        guard let last, entry.isAhead(last, now: now) else { return nil }
        return WhyAnswer(
            "clock-ahead",
            "'\(name)' does not tick: its last handled time is \(Shown.age(milliseconds: last - now)) ahead of the "
                + "clock of Redis", facts: tickFacts, remedy: ScheduleHealth.clockRemedy)
    }

    private var paused: WhyAnswer? {
        guard let pause = pauses.first(where: { !$0.name.contains("#") }) ?? pauses.first else { return nil }
        let isEntity = pause.name.contains("#")
        let by = pause.author.isEmpty ? "" : " by \(pause.author)"
        let end =
            pause.end(at: now).map { ", \(Shown.age(milliseconds: max(0, $0 - now))) more" }
            ?? " until it is resumed"
        let why = pause.reason.isEmpty ? "" : ": \(Shown.line(pause.reason, 200))"
        let what = isEntity ? "entity '\(pause.name)'" : "entry '\(pause.name)'"
        return WhyAnswer(
            isEntity ? "entity-paused" : "entry-paused", "'\(name)' does not tick: \(what) is paused\(by)\(end)\(why)",
            facts: [
                WhyFact(
                    "paused\(by), when it ends its ticks are caught up: \(pause.catchUp.rawValue)",
                    from: "pauses in Redis", at: pause.since)
            ] + tickFacts, remedy: "Let it go on with: flotilla schedule resume \(pause.name)")
    }

    /// What a file says that is not the active version; nil when all agree.
    var fileTrouble: WhyAnswer? {
        guard let file, let sentence = file.standing.sentence else { return nil }
        let cause =
            switch file.standing.state {
            case .conflict: "schedule-conflict"
            case .review: "schedule-review"
            case .same, .edit, .waiting, .invalid: "schedule-broken"
            }
        let what =
            entry == nil ? "'\(name)' is not in the active schedule" : "'\(name)' ticks as version \(version) says"
        let reported = WhyFact(
            "reported by the scheduler on \(file.standing.host)", from: "heartbeat", at: file.standing.since)
        return WhyAnswer(
            cause, "\(what): \(Shown.line(sentence, 600))",
            facts: [reported] + tickFacts, remedy: file.remedy)
    }

    /// Why the newest tick enqueued no job for it; nil when it did, or there is none.
    var skipped: WhyAnswer? {
        guard let newest, !newest.ran(entity) else { return nil }
        let ticks =
            newest.count > 1
            ? "\(newest.count) ticks from \(Timestamp.text(newest.first)) to \(Timestamp.text(newest.nominal))"
            : "the tick at \(Timestamp.text(newest.nominal))"
        let detail = newest.detail.map { ": \(Shown.line($0, 300))" } ?? ""
        func answer(_ cause: String, _ why: String, remedy: String? = nil) -> WhyAnswer {
            WhyAnswer(cause, "\(ticks) of '\(name)' \(why); \(next)", facts: tickFacts, remedy: remedy)
        }
        if let entity, newest.jobs > 0 {
            if newest.overlap?.contains(entity) == true { return answer("tick-overlap", Self.overlapped) }
            return answer("tick-paused", "enqueued no job for it, because it was paused")
        }
        if newest.outcome == .sourceUnavailable {
            return answer("source-unavailable", "found no entities, because their source gave no answer\(detail)")
        }
        switch newest.reason {
        case "overlap": return answer("tick-overlap", Self.overlapped)
        case "misfire":
            return answer("tick-misfire", "enqueued nothing, because no scheduler ran in time\(detail)")
        case "window": return answer("tick-window", "enqueued nothing: \(newest.detail ?? "outside of its window")")
        case "paused": return answer("tick-paused", "enqueued nothing, because it was paused\(detail)")
        case "queue-full":
            return answer("queue-full", "enqueued nothing, because queue '\(entry?.queue ?? "")' was full\(detail)")
        case "exists": return answer("tick-exists", "enqueued nothing, because its job existed already")
        default:
            guard newest.outcome == .enqueued || newest.outcome == .caughtUp else { return nil }
            return answer("no-entities", "enqueued nothing, because its source named no entities")
        }
    }

    private static let overlapped = "enqueued nothing, because its previous job had not ended"

    /// Nothing stands against it.
    var ordinary: WhyAnswer {
        if let entry, let last, let due = entry.next(after: last), now - due > Self.lateMilliseconds {
            return WhyAnswer(
                "tick-late",
                "'\(name)' is late: the tick at \(Timestamp.text(due)) is due for "
                    + "\(Shown.age(milliseconds: now - due)) and not handled", facts: tickFacts,
                remedy: "Look at the log of the scheduler \(leader ?? "").")
        }
        guard newest != nil else {
            return WhyAnswer("not-due", "'\(name)' has not ticked yet; \(next)", facts: tickFacts)
        }
        return WhyAnswer(
            "running", "'\(name)' ticks, and what its newest tick enqueued has ended well; \(next)", facts: tickFacts)
    }

    private static let lateMilliseconds: Int64 = 15_000
}
