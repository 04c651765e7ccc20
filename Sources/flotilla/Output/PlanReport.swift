import ScheduleConfiguration
import Documents
import Forecast
import Time

/// A plan as people and scripts read it.
struct PlanReport {
    let plan: SchedulePlan
    /// By entry that is removed, jobs of it that wait; nil where Redis was not asked.
    let waiting: [String: Int]?
    /// What was measured and what assumed.
    let notes: [String]
    /// The command that does what the plan says, and nothing else; nil while it is being done.
    var apply: String?

    var document: PlanDocument {
        PlanDocument(
            plan, waiting: waiting, apply: apply, warnings: warnings, notes: notes, sentence: Self.text(of:))
    }

    func printText() {
        for change in plan.difference.entries + plan.difference.rest { printChange(change) }
        for rename in plan.difference.renames {
            print(
                "! \(rename.to) looks like \(rename.from) under another name. Without 'renamed_from: \(rename.from)' "
                    + "its history and its pause stay behind.")
        }
        guard !plan.difference.isEmpty else { return print("No change: both files mean the same.") }
        printLoad()
        print("")
        for note in notes { print("(\(note))") }
        for line in warnings { print(line) }
        let counts = [("add", .added), ("change", .changed), ("rename", .renamed), ("remove", .removed)]
            .compactMap { (word: String, kind: ScheduleDifference.Change.Kind) -> String? in
                let count = (plan.difference.entries + plan.difference.rest).count { $0.kind == kind }
                return count == 0 ? nil : "\(count) to \(word)"
            }
        print("Plan \(plan.id): \(counts.joined(separator: ", "))." + (apply.map { " Apply with: \($0)" } ?? ""))
    }

    private func printChange(_ change: ScheduleDifference.Change) {
        let signs: [ScheduleDifference.Change.Kind: String] = [
            .added: "+", .changed: "~", .removed: "-", .renamed: "~",
        ]
        let former = change.formerName.map { " (was \($0))" } ?? ""
        let place = change.section == "schedules" || change.section.isEmpty ? "" : change.section + "."
        print("\(signs[change.kind] ?? "~") \(place)\(change.name)\(former)\(keys(of: change))")
        guard change.section == "schedules" else { return }
        if let runs = runs(of: change) { print("    \(runs)") }
        if change.kind == .removed, let jobs = waiting?[change.name], jobs > 0 {
            print("    \(jobs) of its jobs wait; they stay and will run")
        }
        for surprise in plan.surprises where surprise.entry == change.name { print("    \(Self.text(of: surprise))") }
    }

    private func keys(of change: ScheduleDifference.Change) -> String {
        if change.kind == .removed { return "" }
        let texts = change.keys.filter { $0.key != "description" || change.kind != .added }.map { key in
            let (before, after) = (key.before.map { Shown.line($0) }, key.after.map { Shown.line($0) })
            let name = change.section.isEmpty ? "" : "\(key.key): "
            return change.kind == .added
                ? "\(name)\(after ?? "")" : "\(name)\(before ?? "default") → \(after ?? "default")"
        }
        return texts.isEmpty ? "" : "  " + texts.joined(separator: ", ")
    }

    private func runs(of change: ScheduleDifference.Change) -> String? {
        let before = plan.before.entries.first { $0.name == change.formerName ?? change.name }
        let after = plan.after.entries.first { $0.name == change.name }
        guard let moved = plan.moved[change.name], !moved.isEmpty || before != after else { return nil }
        var text = "\(before?.ticks ?? 0) → \(after?.ticks ?? 0) runs a day"
        if (before?.jobs ?? 0, after?.jobs ?? 0) != (before?.ticks ?? 0, after?.ticks ?? 0) {
            text += ", \(before?.jobs ?? 0) → \(after?.jobs ?? 0) jobs"
        }
        guard change.kind == .changed || change.kind == .renamed, !moved.isEmpty else { return text }
        text += "; of the next 24 h \(moved.kept) stay, \(moved.gone) go"
        if let first = moved.firstGone { text += " (first \(Timestamp.text(first)))" }
        text += ", \(moved.new) come"
        if let first = moved.firstNew { text += " (first \(Timestamp.text(first)))" }
        return text + (moved.isCut ? "; too many to compare them all" : "")
    }

    static func text(of surprise: DaylightSurprise) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let local = surprise.local
        let day = "\(local.year)-\(two(local.month))-\(two(local.day)) \(two(local.hour)):\(two(local.minute))"
        let more = surprise.count > 1 ? " and \(surprise.count - 1) more" : ""
        let instead =
            surprise.runs.isEmpty
            ? "nothing runs for it"
            : "it runs at \(surprise.runs.prefix(3).map(Timestamp.text).joined(separator: ", "))"
        switch surprise.kind {
        case .gap: return "clocks: \(day)\(more) does not exist in \(surprise.zone); \(instead)"
        case .repeated:
            return "clocks: \(day)\(more) comes twice in \(surprise.zone); \(instead)"
                + (surprise.runs.count > 3 ? " and \(surprise.runs.count - 3) more times" : "")
        }
    }
}

/// Load and warnings.
extension PlanReport {
    private func printLoad() {
        print("")
        let names = Set((plan.before.queues + plan.after.queues).map(\.name)).sorted()
        let rows = names.compactMap { name -> [String]? in
            let before = plan.before.queues.first { $0.name == name }
            let after = plan.after.queues.first { $0.name == name }
            guard (before?.jobs ?? 0) + (after?.jobs ?? 0) > 0 || (after?.mostFollowUps ?? 0) > 0 else { return nil }
            return [
                name, Self.change(before?.jobs, after?.jobs), Self.change(before?.peakRunning, after?.peakRunning),
                "\(after?.slots ?? 0)",
                Self.change(before.map { Int($0.followUps.rounded()) }, after.map { Int($0.followUps.rounded()) }),
                Self.change(before?.mostFollowUps, after?.mostFollowUps),
            ]
        }
        Terminal.printTable(["QUEUE", "JOBS/DAY", "AT ONCE", "SLOTS", "FOLLOW-UPS/DAY", "AT MOST"], rows)
        for limit in plan.after.limits {
            print("")
            for line in Self.lines(of: limit, before: plan.before.limits.first { $0.name == limit.name }) {
                print(line)
            }
        }
        if plan.after.measuredTo < plan.after.to {
            let length = Shown.age(milliseconds: plan.after.measuredTo - plan.after.from)
            print("(too many jobs: peaks are those of the first \(length))")
        }
    }

    static func lines(of limit: LimitLoad, before: LimitLoad?) -> [String] {
        let window = Shown.age(milliseconds: limit.windowMilliseconds)
        let words = limit.excesses.map(\.rawValue).joined(separator: ", ")
        let kept =
            limit.reserved == 0
            ? "" : ", \(limit.reserved) kept for \(limit.owners.map(\.name).joined(separator: " and "))"
        var lines = ["limit \(limit.name): \(limit.capacity) in \(window)\(kept)\(words.isEmpty ? "" : "   " + words)"]
        let over = { (yes: Bool, word: LimitLoad.Excess) in yes ? "   \(word.rawValue)" : "" }
        lines.append(
            "  peak of the schedule's own calls: \(change(before?.peak, limit.peak)) of \(limit.capacity) in "
                + "any \(window)"
                + over(limit.peak > limit.capacity, .limit))
        if limit.reserved > 0 {
            let left = limit.capacity - limit.reserved
            lines.append(
                "  of those without a reserve:       \(change(before?.othersPeak, limit.othersPeak)) of \(left)"
                    + over(limit.othersPeak > left, .reserve))
        }
        lines.append(
            "  average with orders as expected:  \(change(before?.average, limit.average)) of "
                + "\(rate(limit.perSecond))/s"
        )
        lines.append(
            "  average if every job that may order does: "
                + "\(change(before?.mostAverage, limit.mostAverage)) of \(rate(limit.perSecond))/s"
                + over(limit.mostAverage > limit.perSecond, .limit))
        for owner in limit.owners {
            let old = before?.owners.first { $0.name == owner.name }?.mostAverage
            lines.append(
                "  of that, \(owner.name): \(change(old, owner.mostAverage)) of \(rate(owner.reserve))/s that are "
                    + "kept for it"
                    + over(owner.mostAverage > owner.reserve, .reserve))
        }
        return lines
    }

    /// What has to be read before the change is made.
    var warnings: [String] {
        guard plan.isRisky else { return [] }
        let removal = plan.removal.map { "WARNING: \($0)." }
        return [removal].compactMap(\.self) + plan.excesses.map { "WARNING: \(Self.sentences(of: $0))" }
    }

    /// What a limit is asked for too much.
    static func sentences(of limit: LimitLoad) -> String {
        var text = "limit \(limit.name) will be \(limit.excesses.map(\.rawValue).joined(separator: " and "))."
        if limit.excesses.contains(.limit) {
            text += " More is asked for than it gives, and jobs will wait."
        } else if limit.othersPeak > limit.capacity - limit.reserved {
            text += " Others ask for what is kept for \(limit.owners.map(\.name).joined(separator: ", "))."
        }
        for owner in limit.owners where owner.mostAverage > owner.reserve {
            text +=
                " When every job that may order does, \(owner.name) needs \(rate(owner.mostAverage)) tokens a "
                + "second, and only \(rate(owner.reserve)) are kept for it."
        }
        return text
    }

    private static func change(_ before: Int?, _ after: Int?) -> String {
        before == after || before == nil ? "\(after ?? 0)" : "\(before ?? 0) → \(after ?? 0)"
    }

    private static func change(_ before: Double?, _ after: Double) -> String {
        guard let before, rate(before) != rate(after) else { return rate(after) }
        return "\(rate(before)) → \(rate(after))"
    }

    /// Two digits behind the point, as far as they say anything.
    static func rate(_ value: Double) -> String {
        let hundredths = value.isFinite ? Int(min(max(value * 100, -0x1p53), 0x1p53).rounded()) : 0
        if hundredths % 100 == 0 { return "\(hundredths / 100)" }
        let rest = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
        return "\(hundredths / 100).\(rest.hasSuffix("0") ? String(rest.dropLast()) : rest)"
    }
}
