public import Documents
public import Forecast
public import JobQueue

/// A plan as people and scripts read it: `schedule plan`, and what `schedule apply` shows before it acts.
public struct PlanReport: Sendable {
    /// What is planned.
    public let plan: SchedulePlan
    /// By entry that is removed, jobs of it that wait; nil where Redis was not asked.
    public let waiting: [String: Int]?
    /// What was measured and what assumed.
    public let notes: [String]
    /// The command that does what the plan says, and nothing else; nil while it is being done.
    public var apply: String?

    /// - Parameters:
    ///   - waiting: as `waiting(for:_:)` returns it; nil where Redis is not asked.
    ///   - notes: what was measured and what assumed, a phrase each.
    public init(_ plan: SchedulePlan, waiting: [String: Int]?, notes: [String]) {
        self.plan = plan
        self.waiting = waiting
        self.notes = notes
    }

    /// Jobs that wait, by the entry of those that a plan removes; at most a thousand of each queue and state are looked
    /// at. Reads Redis, and changes nothing.
    public static func waiting(for plan: SchedulePlan, _ broker: Broker) async throws -> [String: Int] {
        let entries = plan.difference.entries.filter { $0.kind == .removed }.map(\.name)
        guard !entries.isEmpty else { return [:] }
        let inspector = QueueInspector(broker: broker)
        var counts: [String: Int] = [:]
        for queue in try await inspector.queues() {
            for state in [JobState.ready, .scheduled, .retrying] {
                for job in try await inspector.jobs(in: queue, state: state, limit: 1_000) {
                    guard let entry = JobOptions(text: job.envelope.options).schedule, entries.contains(entry) else {
                        continue
                    }
                    counts[entry, default: 0] += 1
                }
            }
        }
        return counts
    }

    /// As `schedule plan --json` prints it.
    public var document: PlanDocument {
        PlanDocument(
            plan, waiting: waiting, apply: apply, warnings: warnings, notes: notes, sentence: Self.text(of:))
    }

    /// What has to be read before the change is made.
    public var warnings: [String] {
        guard plan.isRisky else { return [] }
        let removal = plan.removal.map { "WARNING: \($0)." }
        return [removal].compactMap(\.self) + plan.excesses.map { "WARNING: \(Self.sentences(of: $0))" }
    }

    /// What a limit is asked for too much.
    public static func sentences(of limit: LimitLoad) -> String {
        var text = "limit \(limit.name) will be \(limit.excesses.map(\.rawValue).joined(separator: " and "))."
        if limit.excesses.contains(.limit) {
            text += " More is asked for than it gives, and jobs will wait."
        } else if limit.othersPeak > limit.capacity - limit.reserved {
            text += " Others ask for what is kept for \(limit.owners.map(\.name).joined(separator: ", "))."
        }
        for owner in limit.owners where owner.mostAverage > owner.reserve {
            text +=
                " When every job that may order does, \(owner.name) needs \(Shown.rate(owner.mostAverage)) tokens a "
                + "second, and only \(Shown.rate(owner.reserve)) are kept for it."
        }
        return text
    }

    /// The last line: the id of the plan, how much it changes, and the command that applies it.
    public var summary: String {
        let counts = [("add", .added), ("change", .changed), ("rename", .renamed), ("remove", .removed)]
            .compactMap { (word: String, kind: ScheduleDifference.Change.Kind) -> String? in
                let count = (plan.difference.entries + plan.difference.rest).count { $0.kind == kind }
                return count == 0 ? nil : "\(count) to \(word)"
            }
        return "Plan \(plan.id): \(counts.joined(separator: ", "))." + (apply.map { " Apply with: \($0)" } ?? "")
    }
}
