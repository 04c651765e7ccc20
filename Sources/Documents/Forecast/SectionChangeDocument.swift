import Forecast

/// What is different in one name of one section of the schedule file.
struct SectionChangeDocument: Encodable, Sendable {
    let section, name, change: String
    /// The name that it had.
    @OrNull var was: String?
    let keys: [Key]

    init(_ change: ScheduleDifference.Change) {
        section = change.section
        name = change.name
        self.change = change.kind.rawValue
        was = change.formerName
        keys = change.keys.map { Key(key: $0.key, before: $0.before, after: $0.after) }
    }

    struct Key: Encodable, Sendable {
        let key: String
        @OrNull var before: String?
        @OrNull var after: String?
    }
}

/// The same of an entry, and what it does to its runs.
struct EntryChangeDocument: Encodable, Sendable {
    private let change: SectionChangeDocument
    private let effect: Effect

    init(_ change: ScheduleDifference.Change, of plan: SchedulePlan, waiting: [String: Int]?) {
        self.change = SectionChangeDocument(change)
        effect = Effect(change, of: plan, waiting: waiting)
    }

    func encode(to encoder: any Encoder) throws {
        try change.encode(to: encoder)
        try effect.encode(to: encoder)
    }

    private struct Effect: Encodable {
        let runsPerDayBefore, runsPerDayAfter, jobsPerDayBefore, jobsPerDayAfter: Int
        /// Of the runs of the next 24 hours.
        let kept24h, gone24h, new24h: Int
        let firstGone, firstNew: DocumentTime
        /// Whether they were too many to compare them all.
        let isCut: Bool
        @OrNull var jobsWaiting: Int?

        init(_ change: ScheduleDifference.Change, of plan: SchedulePlan, waiting: [String: Int]?) {
            let before = plan.before.entries.first { $0.name == change.formerName ?? change.name }
            let after = plan.after.entries.first { $0.name == change.name }
            let moved = plan.moved[change.name] ?? MovedTimes()
            runsPerDayBefore = before?.ticks ?? 0
            runsPerDayAfter = after?.ticks ?? 0
            jobsPerDayBefore = before?.jobs ?? 0
            jobsPerDayAfter = after?.jobs ?? 0
            kept24h = moved.kept
            gone24h = moved.gone
            new24h = moved.new
            firstGone = DocumentTime(moved.firstGone)
            firstNew = DocumentTime(moved.firstNew)
            isCut = moved.isCut
            jobsWaiting = waiting.map { $0[change.name] ?? 0 }
        }

        enum CodingKeys: String, CodingKey {
            case runsPerDayBefore = "runs_per_day_before"
            case runsPerDayAfter = "runs_per_day_after"
            case jobsPerDayBefore = "jobs_per_day_before"
            case jobsPerDayAfter = "jobs_per_day_after"
            case kept24h = "kept_24h"
            case gone24h = "gone_24h"
            case new24h = "new_24h"
            case firstGone = "first_gone"
            case firstNew = "first_new"
            case isCut = "cut"
            case jobsWaiting = "jobs_waiting"
        }
    }
}
