public import Forecast

/// What an edit of the schedule will do: `schedule plan`, and `schedule apply --dry-run`.
public struct PlanDocument: Encodable, Sendable {
    let plan: String
    let changes, risky: Bool
    /// The command that does what the plan says, and nothing else.
    @OrNull var apply: String?
    let entries: [EntryChangeDocument]
    /// Changes outside of `schedules`.
    let rest: [SectionChangeDocument]
    let renames: [Rename]
    let before, after: ScheduleLoadDocument
    let daylight: [DaylightDocument]
    let warnings, notes: [String]

    /// - Parameters:
    ///   - waiting: by entry that is removed, jobs of it that wait; nil where Redis was not asked.
    ///   - apply: the command that makes the change; nil while it is being made.
    ///   - warnings: what has to be read before.
    ///   - notes: what was measured and what assumed.
    ///   - sentence: a change of the clocks in words.
    public init(
        _ plan: SchedulePlan, waiting: [String: Int]?, apply: String?, warnings: [String], notes: [String],
        sentence: (DaylightSurprise) -> String
    ) {
        self.plan = plan.id
        changes = !plan.difference.isEmpty
        risky = plan.isRisky
        self.apply = apply
        entries = plan.difference.entries.map { EntryChangeDocument($0, of: plan, waiting: waiting) }
        rest = plan.difference.rest.map { SectionChangeDocument($0) }
        renames = plan.difference.renames.map { Rename(from: $0.from, to: $0.to) }
        before = ScheduleLoadDocument(plan.before)
        after = ScheduleLoadDocument(plan.after)
        daylight = plan.surprises.map { DaylightDocument($0, text: sentence($0)) }
        self.warnings = warnings
        self.notes = notes
    }

    /// An entry that looks like another under a new name.
    struct Rename: Encodable, Sendable { let from, to: String }
}

/// What a change of the clocks does to an entry.
struct DaylightDocument: Encodable, Sendable {
    let entry, kind, timezone: String
    let count: Int
    let clocksChangeAt: DocumentTime
    let runs: [DocumentTime]
    let text: String

    init(_ surprise: DaylightSurprise, text: String) {
        entry = surprise.entry
        kind = surprise.kind.rawValue
        timezone = surprise.zone
        count = surprise.count
        clocksChangeAt = DocumentTime(surprise.at * 1_000)
        runs = surprise.runs.map { DocumentTime($0) }
        self.text = text
    }

    enum CodingKeys: String, CodingKey {
        case entry, kind, timezone, count
        case clocksChangeAt = "clocks_change_at"
        case runs, text
    }
}
