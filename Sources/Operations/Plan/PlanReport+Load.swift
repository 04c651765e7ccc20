import Documents
import Forecast

/// What the schedule asks of the fleet, before and after.
extension PlanReport {
    /// The heads of `queueRows`.
    public static let queueHeads = ["QUEUE", "JOBS/DAY", "AT ONCE", "SLOTS", "FOLLOW-UPS/DAY", "AT MOST"]

    /// A row for each queue that has jobs before or after.
    public var queueRows: [[String]] {
        let names = Set((plan.before.queues + plan.after.queues).map(\.name)).sorted()
        return names.compactMap { name -> [String]? in
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
    }

    /// The lines of each limit below an empty one; then how far peaks were looked at, where that is not all of the day.
    public var limitLines: [String] {
        let lines = plan.after.limits.flatMap { limit in
            [""] + Self.lines(of: limit, before: plan.before.limits.first { $0.name == limit.name })
        }
        guard plan.after.measuredTo < plan.after.to else { return lines }
        let length = Shown.age(milliseconds: plan.after.measuredTo - plan.after.from)
        return lines + ["(too many jobs: peaks are those of the first \(length))"]
    }

    private static func lines(of limit: LimitLoad, before: LimitLoad?) -> [String] {
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
        let most = "\(Shown.rate(limit.perSecond))/s"
        lines.append("  average with orders as expected:  \(change(before?.average, limit.average)) of \(most)")
        lines.append(
            "  average if every job that may order does: \(change(before?.mostAverage, limit.mostAverage)) of \(most)"
                + over(limit.mostAverage > limit.perSecond, .limit))
        for owner in limit.owners {
            let old = before?.owners.first { $0.name == owner.name }?.mostAverage
            lines.append(
                "  of that, \(owner.name): \(change(old, owner.mostAverage)) of \(Shown.rate(owner.reserve))/s "
                    + "that are kept for it"
                    + over(owner.mostAverage > owner.reserve, .reserve))
        }
        return lines
    }

    private static func change(_ before: Int?, _ after: Int?) -> String {
        before == after || before == nil ? "\(after ?? 0)" : "\(before ?? 0) → \(after ?? 0)"
    }

    private static func change(_ before: Double?, _ after: Double) -> String {
        guard let before, Shown.rate(before) != Shown.rate(after) else { return Shown.rate(after) }
        return "\(Shown.rate(before)) → \(Shown.rate(after))"
    }
}
