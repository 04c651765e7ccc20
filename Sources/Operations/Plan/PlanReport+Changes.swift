import Documents
import Forecast
import Time

/// What changes.
extension PlanReport {
    /// A line for each change, with what it does to runs and jobs below it; then what looks like a new name.
    public var changeLines: [String] {
        let renames = plan.difference.renames.map { rename in
            "! \(rename.to) looks like \(rename.from) under another name. Without 'renamed_from: \(rename.from)' "
                + "its history and its pause stay behind."
        }
        return (plan.difference.entries + plan.difference.rest).flatMap { lines(of: $0) } + renames
    }

    private func lines(of change: ScheduleDifference.Change) -> [String] {
        let signs: [ScheduleDifference.Change.Kind: String] = [
            .added: "+", .changed: "~", .removed: "-", .renamed: "~",
        ]
        let former = change.formerName.map { " (was \($0))" } ?? ""
        let place = change.section == "schedules" || change.section.isEmpty ? "" : change.section + "."
        var lines = ["\(signs[change.kind] ?? "~") \(place)\(change.name)\(former)\(keys(of: change))"]
        guard change.section == "schedules" else { return lines }
        if let runs = runs(of: change) { lines.append("    \(runs)") }
        if change.kind == .removed, let jobs = waiting?[change.name], jobs > 0 {
            lines.append("    \(jobs) of its jobs wait; they stay and will run")
        }
        return lines + plan.surprises.filter { $0.entry == change.name }.map { "    \(Self.text(of: $0))" }
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
