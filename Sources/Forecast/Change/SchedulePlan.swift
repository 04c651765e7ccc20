public import ScheduleConfiguration
public import Scheduler

/// What a change of the schedule will do: shown before it is done, and the same on every machine that works it out.
public struct SchedulePlan: Sendable, Equatable {
    /// Of the two texts (`ScheduleText.planID`).
    public var id: String
    /// What differs between the two texts.
    public var difference: ScheduleDifference
    /// What each entry of the difference does to its jobs, by the name of the change.
    public var moved: [String: MovedTimes] = [:]
    /// What the schedule asks of the fleet before and after.
    public var before, after: ScheduleLoad
    /// Of the entries that were added or changed.
    public var surprises: [DaylightSurprise] = []
    /// Nil when most entries stay.
    public var removal: MassRemoval?

    /// Peaks and fire times are looked at so far ahead: a day, in milliseconds.
    public static let lookAhead: Int64 = 86_400_000
    /// Changes of the clocks are looked at so far ahead: a year.
    public static let daylightLookAhead: Int64 = 366 * 86_400_000

    /// - Parameters:
    ///   - start: unix milliseconds; the plan holds for what follows it.
    public init(from old: ScheduleText, to new: ScheduleText, facts: LoadFacts, at start: Int64) {
        id = ScheduleText.planID(from: old, to: new)
        difference = ScheduleDifference(from: old, to: new)
        before = ScheduleLoad(of: old.file, facts, at: start)
        after = ScheduleLoad(of: new.file, facts, at: start)
        let removed = difference.entries.count { $0.kind == .removed }
        removal = MassRemoval(
            removed: removed, of: old.file.schedules.count, leavesNone: new.file.schedules.isEmpty)
        for change in difference.entries {
            let entry = new.file.schedules.first { $0.name == change.name }
            let former = old.file.schedules.first { $0.name == change.formerName ?? change.name }
            moved[change.name] = MovedTimes(from: former, to: entry, facts, after: start, for: Self.lookAhead)
            guard let entry, entry.enabled else { continue }
            surprises += DaylightSurprise.all(of: entry, from: start, for: Self.daylightLookAhead)
        }
    }

    /// Limits that are asked for too much once the change is made.
    public var excesses: [LimitLoad] { after.limits.filter { !$0.excesses.isEmpty } }

    /// Whether the change makes a limit exceed what it did not before, or exceed it by more, or removes most entries.
    public var isRisky: Bool { removal != nil || !after.excesses(beyond: before).isEmpty }
}

extension ScheduleLoad {
    /// Limits that are asked for too much, and were not before, or by less.
    public func excesses(beyond former: ScheduleLoad) -> [LimitLoad] {
        limits.filter { limit in
            guard !limit.excesses.isEmpty else { return false }
            guard let old = former.limits.first(where: { $0.name == limit.name }) else { return true }
            return !Set(limit.excesses).isSubset(of: old.excesses) || limit.peak > old.peak
                || limit.othersPeak > old.othersPeak || limit.mostAverage > old.mostAverage
        }
    }

    /// What the schedule of a file asks for in the day that follows a moment, as a plan works it out.
    /// - Parameter start: unix milliseconds.
    public init(of file: ScheduleFile, _ facts: LoadFacts, at start: Int64) {
        self = LoadModel(file: file, facts: facts).load(from: start, for: SchedulePlan.lookAhead)
    }
}
