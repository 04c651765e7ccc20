import Forecast

/// A plan as one JSON document.
extension PlanReport {
    var document: JSONDocument {
        .object([
            ("plan", .string(plan.id)), ("changes", .bool(!plan.difference.isEmpty)), ("risky", .bool(plan.isRisky)),
            ("apply", .optional(apply)),
            ("entries", .array(plan.difference.entries.map { entry($0) })),
            ("rest", .array(plan.difference.rest.map { .object(Self.members(of: $0)) })),
            (
                "renames",
                .array(
                    plan.difference.renames.map { .object([("from", .string($0.from)), ("to", .string($0.to))]) })
            ),
            ("before", Self.load(plan.before)), ("after", Self.load(plan.after)),
            ("daylight", .array(plan.surprises.map { Self.surprise($0) })),
            ("warnings", .array(warnings.map { .string($0) })), ("notes", .array(notes.map { .string($0) })),
        ])
    }

    private static func members(of change: ScheduleDifference.Change) -> [(String, JSONDocument)] {
        [
            ("section", .string(change.section)), ("name", .string(change.name)),
            ("change", .string(change.kind.rawValue)), ("was", .optional(change.formerName)),
            (
                "keys",
                .array(
                    change.keys.map {
                        .object([
                            ("key", .string($0.key)), ("before", .optional($0.before)), ("after", .optional($0.after)),
                        ])
                    })
            ),
        ]
    }

    private func entry(_ change: ScheduleDifference.Change) -> JSONDocument {
        let before = plan.before.entries.first { $0.name == change.formerName ?? change.name }
        let after = plan.after.entries.first { $0.name == change.name }
        let moved = plan.moved[change.name] ?? MovedTimes()
        let effects: [(String, JSONDocument)] = [
            ("runs_per_day_before", .int(before?.ticks ?? 0)), ("runs_per_day_after", .int(after?.ticks ?? 0)),
            ("jobs_per_day_before", .int(before?.jobs ?? 0)), ("jobs_per_day_after", .int(after?.jobs ?? 0)),
            ("kept_24h", .int(moved.kept)), ("gone_24h", .int(moved.gone)), ("new_24h", .int(moved.new)),
            ("first_gone", .time(moved.firstGone)), ("first_new", .time(moved.firstNew)), ("cut", .bool(moved.isCut)),
            ("jobs_waiting", waiting.map { .int($0[change.name] ?? 0) } ?? .null),
        ]
        return .object(Self.members(of: change) + effects)
    }

    private static func load(_ load: ScheduleLoad) -> JSONDocument {
        .object([
            ("from", .time(load.from)), ("to", .time(load.to)), ("peaks_to", .time(load.measuredTo)),
            (
                "queues",
                .array(
                    load.queues.map {
                        .object([
                            ("name", .string($0.name)), ("jobs", .int($0.jobs)), ("peak_running", .int($0.peakRunning)),
                            ("slots", .int($0.slots)), ("follow_ups", .double($0.followUps)),
                            ("follow_ups_at_most", .int($0.mostFollowUps)),
                        ])
                    })
            ),
            ("limits", .array(load.limits.map { limit($0) })),
        ])
    }

    static func limit(_ limit: LimitLoad) -> JSONDocument {
        .object([
            ("name", .string(limit.name)), ("window_ms", .int(Int(limit.windowMilliseconds))),
            ("capacity", .int(limit.capacity)), ("reserved", .int(limit.reserved)), ("peak", .int(limit.peak)),
            ("peak_at", .time(limit.peakAt)), ("others_peak", .int(limit.othersPeak)),
            ("others_peak_at", .time(limit.othersPeakAt)), ("average_per_s", .double(limit.average)),
            ("average_at_most_per_s", .double(limit.mostAverage)),
            (
                "owners",
                .array(
                    limit.owners.map {
                        .object([
                            ("name", .string($0.name)), ("average_at_most_per_s", .double($0.mostAverage)),
                            ("reserve_per_s", .double($0.reserve)),
                        ])
                    })
            ),
            ("excesses", .array(limit.excesses.map { .string($0.rawValue) })),
        ])
    }

    private static func surprise(_ surprise: DaylightSurprise) -> JSONDocument {
        .object([
            ("entry", .string(surprise.entry)), ("kind", .string(surprise.kind.rawValue)),
            ("timezone", .string(surprise.zone)), ("count", .int(surprise.count)),
            ("clocks_change_at", .time(surprise.at * 1_000)), ("runs", .array(surprise.runs.map { .time($0) })),
            ("text", .string(text(of: surprise))),
        ])
    }
}
