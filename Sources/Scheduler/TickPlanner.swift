/// Decides which ticks are due: a pure function of the entries, what was handled, and the time.
///
/// Only ticks after the last handled one and up to now are considered, so a clock that steps back repeats nothing: the
/// entry waits until time has passed its last tick again. A step forward makes ticks missed, and the misfire rule
/// decides.
public struct TickPlanner: Sendable {
    public let entries: [ScheduleEntry]
    /// A tick older than this, in milliseconds, is missed; a younger one is merely a little late. Default 5 s.
    public let graceMilliseconds: Int64
    /// Ticks in one plan at most.
    public let limit: Int
    /// Missed ticks are counted up to this.
    public static let countLimit = 10_000
    /// How far back `at_start` looks for a tick: two years, in milliseconds.
    private static let startLookBack: Int64 = 731 * 86_400_000

    public init(entries: [ScheduleEntry], graceMilliseconds: Int64 = 5000, limit: Int = 1000) {
        self.entries = entries
        self.graceMilliseconds = graceMilliseconds
        self.limit = limit
    }

    /// - Parameters:
    ///   - lastHandled: by entry name, the nominal time of the newest tick that was enqueued or skipped, or the stored
    ///     baseline; an entry that is absent has never been seen and starts from now.
    ///   - now: unix milliseconds, on the clock of Redis.
    public func plan(lastHandled: [String: Int64], now: Int64) -> TickPlan {
        var plan = TickPlan()
        for entry in entries {
            guard entry.enabled else {
                if let last = lastHandled[entry.name], entry.cadence.latest(after: last, through: now) != nil {
                    plan.baselines[entry.name] = now
                }
                continue
            }
            if let last = lastHandled[entry.name] {
                plan.ticks += ticks(of: entry, after: last, now: now)
            } else if let tick = startTick(of: entry, now: now) {
                plan.ticks.append(tick)
            } else {
                plan.baselines[entry.name] = now
            }
            let next = entry.cadence.next(after: max(lastHandled[entry.name] ?? now, now))
            plan.nextWakeUp = [plan.nextWakeUp, next].compactMap(\.self).min()
        }
        plan.ticks.sort { ($0.nominal, $0.entry.name) < ($1.nominal, $1.entry.name) }
        if plan.ticks.count > limit {
            plan.ticks.removeLast(plan.ticks.count - limit)
            plan.nextWakeUp = now
        }
        return plan
    }

    /// The baselines to store when a new file takes over: nothing may fire merely because an entry was edited.
    ///
    /// - Parameter previous: the entries in force until now; plan with them once more first.
    public func baselines(replacing previous: [ScheduleEntry], now: Int64) -> [String: Int64] {
        let old = Dictionary(previous.map { ($0.name, $0) }) { first, _ in first }
        var baselines: [String: Int64] = [:]
        for entry in entries {
            guard let before = old[entry.name] else { continue }
            if before.cadence != entry.cadence || before.spreadMilliseconds != entry.spreadMilliseconds
                || before.enabled != entry.enabled
            {
                baselines[entry.name] = now
            }
        }
        return baselines
    }

    /// The tick that `at_start` asks for: the newest there was, so that two schedulers agree on its id.
    private func startTick(of entry: ScheduleEntry, now: Int64) -> PlannedTick? {
        guard entry.atStart, let newest = entry.cadence.latest(after: now - Self.startLookBack, through: now) else {
            return nil
        }
        let reason: DueTick.Reason = now - newest > graceMilliseconds ? .caughtUp : .regular
        return .enqueue(DueTick(entry: entry, nominal: newest, reason: reason, missedBefore: 0))
    }

    private func ticks(of entry: ScheduleEntry, after last: Int64, now: Int64) -> [PlannedTick] {
        let newestMissable = now - graceMilliseconds - 1
        let fresh = entry.cadence.ticks(after: max(last, newestMissable), through: now, limit: limit)
        let newestMissed = entry.cadence.latest(after: last, through: newestMissable)
        var planned: [PlannedTick] = []
        var subsumed = 0
        if let newestMissed {
            let count = entry.cadence.count(after: last, through: newestMissable, limit: Self.countLimit)
            if entry.misfire == .once && !fresh.isEmpty {
                // The fresh tick is the newest: it runs for those that were missed.
                subsumed = count
            } else {
                planned.append(missed(entry, newest: newestMissed, count: count, now: now))
            }
        }
        for (index, nominal) in fresh.enumerated() {
            planned.append(
                .enqueue(
                    DueTick(entry: entry, nominal: nominal, reason: .regular, missedBefore: index == 0 ? subsumed : 0)))
        }
        return planned
    }

    private func missed(_ entry: ScheduleEntry, newest: Int64, count: Int, now: Int64) -> PlannedTick {
        if entry.misfire == .skip {
            return .skip(SkippedTick(entry: entry, nominal: newest, reason: .missed, count: count))
        }
        if let within = entry.withinMilliseconds, now - newest > within {
            return .skip(SkippedTick(entry: entry, nominal: newest, reason: .tooOld, count: count))
        }
        return .enqueue(DueTick(entry: entry, nominal: newest, reason: .caughtUp, missedBefore: count - 1))
    }
}
