public import ScheduleConfiguration
import Time

/// Decides which ticks are due: a pure function of the entries, what was handled, and the time.
///
/// Only ticks after the last handled one and up to now are considered, so a clock that steps back by little repeats
/// nothing: the entry waits until time has passed its last tick again. When it is further back, the clock was wrong or
/// is wrong now; the entry goes on from now (`corrections`), and once the clock has reached what was handled before,
/// from there. A step forward makes ticks missed, and the misfire rule decides. Every nominal time since the last
/// handled one is in the plan: as a tick, or in a run that is skipped.
public struct TickPlanner: Sendable {
    /// The entries of the active schedule, disabled ones included.
    public let entries: [ScheduleEntry]
    /// A tick older than this, in milliseconds, is missed; a younger one is merely a little late. Default 5 s.
    public let graceMilliseconds: Int64
    /// Ticks in one plan at most.
    public let limit: Int
    /// Missed ticks that are made up for in one plan at most, so that catching up never outruns ticks that are due.
    public let catchUpLimit: Int
    /// Stretches of an entry's hours, open and closed ones, that one plan tells apart. After a longer outage all but
    /// the last two weeks are recorded as one run that was missed: ticks of other entries must not wait for years of
    /// them.
    private static let stretchLimit = 30
    private static let toldApartMilliseconds: Int64 = 14 * 86_400_000
    /// How far back `at_start` looks for a tick: two years, in milliseconds.
    private static let startLookBack: Int64 = 731 * 86_400_000

    /// The defaults: ticks up to 5 s late are on time, at most 1000 ticks and 20 catch-ups in a plan.
    public init(
        entries: [ScheduleEntry], graceMilliseconds: Int64 = 5000, limit: Int = 1000, catchUpLimit: Int = 20
    ) {
        self.entries = entries
        self.graceMilliseconds = graceMilliseconds
        self.limit = limit
        self.catchUpLimit = catchUpLimit
    }

    /// - Parameters:
    ///   - lastHandled: by entry name, the nominal time of the newest tick that was enqueued or skipped, or the stored
    ///     last run; an entry that is absent has never been seen and starts from now.
    ///   - ahead: by entry name, the newest time that was handled before a correction.
    ///   - now: unix milliseconds, on the clock of Redis.
    public func plan(lastHandled: [String: Int64], ahead: [String: Int64] = [:], now: Int64) -> TickPlan {
        var plan = TickPlan()
        var catchingUp: [PlannedTick] = []
        for entry in entries {
            guard let last = lastHandled[entry.name] else {
                if let tick = startTick(of: entry, now: now) {
                    plan.ticks.append(tick)
                } else {
                    plan.lastRuns[entry.name] = now
                }
                if entry.enabled { plan.wake(at: entry.next(after: now)) }
                continue
            }
            if entry.isAhead(last, now: now) {
                plan.corrections[entry.name] = last
                plan.wake(at: now)
                continue
            }
            if let handled = ahead[entry.name], handled > last, handled <= now {
                plan.lastRuns[entry.name] = handled
                plan.wake(at: now)
                continue
            }
            guard let next = entry.next(after: last) else { continue }
            if next > now {
                if entry.enabled { plan.wake(at: next) }
            } else if entry.enabled {
                let missed = MissedTicks(entry: entry, planner: self, now: now)
                let ticks = missed.plan(after: last)
                if ticks.contains(where: \.isCatchUp) { catchingUp += ticks } else { plan.ticks += ticks }
                plan.wake(at: missed.isPart(ticks) ? now : entry.next(after: now))
            } else {
                plan.lastRuns[entry.name] = now
            }
        }
        plan.ticks.sort(by: Self.isEarlier)
        plan.ticks += bounded(catchingUp.sorted(by: Self.isEarlier), &plan, now)
        if plan.ticks.count > limit {
            plan.ticks.removeLast(plan.ticks.count - limit)
            plan.nextWakeUp = now
        }
        return plan
    }

    private static func isEarlier(_ left: PlannedTick, _ right: PlannedTick) -> Bool {
        (left.nominal, left.entry.name) < (right.nominal, right.entry.name)
    }

    /// The first of them, with so many made up for as one plan may.
    private func bounded(_ ticks: [PlannedTick], _ plan: inout TickPlan, _ now: Int64) -> ArraySlice<PlannedTick> {
        var left = catchUpLimit
        for (index, tick) in ticks.enumerated() where tick.isCatchUp {
            if left == 0 {
                plan.nextWakeUp = now
                return ticks[..<index]
            }
            left -= 1
        }
        return ticks[...]
    }

    /// The lastRuns to store when a new file takes over: nothing may fire merely because an entry was edited.
    ///
    /// - Parameter previous: the entries that were active until now; carry out what is due of them first.
    public func lastRuns(replacing previous: [ScheduleEntry], now: Int64) -> [String: Int64] {
        let old = Dictionary(previous.map { ($0.name, $0) }) { first, _ in first }
        var lastRuns: [String: Int64] = [:]
        for entry in entries {
            guard let before = old[entry.name] ?? entry.renamedFrom.flatMap({ old[$0] }) else { continue }
            if before.cadence != entry.cadence || before.spreadMilliseconds != entry.spreadMilliseconds
                || before.jitterMilliseconds != entry.jitterMilliseconds || before.enabled != entry.enabled
                || (before.hours.start, before.hours.end) != (entry.hours.start, entry.hours.end)
            {
                lastRuns[entry.name] = now
            }
        }
        return lastRuns
    }

    /// The tick that `at_start` asks for: the newest there was, so that two schedulers agree on its id.
    private func startTick(of entry: ScheduleEntry, now: Int64) -> PlannedTick? {
        guard entry.enabled, entry.atStart,
            let newest = entry.latest(after: now - Self.startLookBack, through: now),
            entry.closedBecause(at: newest) == nil
        else { return nil }
        let reason: DueTick.Reason = now - newest > graceMilliseconds ? .caughtUp : .regular
        return .enqueue(DueTick(entry: entry, nominal: newest, reason: reason))
    }

    /// What becomes of one entry's ticks since the last handled one.
    private struct MissedTicks {
        let entry: ScheduleEntry
        let planner: TickPlanner
        let now: Int64

        /// Ticks in a row that all count, or all do not.
        private struct Run {
            let first: Int64
            let newest: Int64
            let count: Int
            let closedBecause: String?
            /// Whether it joins stretches, of which none runs any more.
            var isJoined = false
        }

        private var newestMissable: Int64 { now - planner.graceMilliseconds - 1 }

        /// Whether a plan covers only the oldest of the ticks, so that another has to follow.
        func isPart(_ ticks: [PlannedTick]) -> Bool {
            guard let newest = ticks.map(\.nominal).max(), let next = entry.next(after: newest) else { return false }
            return next <= now
        }

        func plan(after last: Int64) -> [PlannedTick] {
            let missed = runs(after: last, through: newestMissable)
            if missed.first?.isJoined == true { return missed.flatMap { skipped($0, before: []) } }
            let fresh = runs(after: max(last, newestMissable), through: now)
            // With `once`, a tick that is not missed yet runs for those that were.
            let standsIn = entry.misfire == .once && fresh.contains { $0.closedBecause == nil }
            var left = entry.misfire == .all ? entry.misfireMax : entry.misfire == .once && !standsIn ? 1 : 0
            var planned: [[PlannedTick]] = []
            for run in missed.reversed() {
                let newest = run.closedBecause == nil ? newest(of: run, atMost: left) : []
                left -= newest.count
                planned.append(skipped(run, before: newest) + newest.map { due($0, .caughtUp) })
            }
            for run in fresh {
                if run.closedBecause != nil {
                    planned.insert(skipped(run, before: []), at: 0)
                } else {
                    let ticks = entry.ticks(after: run.first - 1, through: run.newest, limit: planner.limit)
                    planned.insert(ticks.map { due($0, .regular) }, at: 0)
                }
            }
            return planned.reversed().flatMap(\.self)
        }

        private func due(_ nominal: Int64, _ reason: DueTick.Reason) -> PlannedTick {
            .enqueue(DueTick(entry: entry, nominal: nominal, reason: reason))
        }

        private func runs(after start: Int64, through end: Int64) -> [Run] {
            var runs: [Run] = []
            var cursor = start
            while let first = entry.next(after: cursor), first <= end {
                if runs.count == TickPlanner.stretchLimit { return [joined(runs, through: end)] }
                let stretch = entry.stretch(at: first)
                let last = min(end, stretch.until - 1)
                runs.append(
                    Run(
                        first: first, newest: entry.latest(after: first - 1, through: last) ?? first,
                        count: entry.count(after: first - 1, through: last, limit: .max),
                        closedBecause: stretch.closedBecause))
                cursor = last
            }
            return runs
        }

        private func joined(_ runs: [Run], through end: Int64) -> Run {
            let (first, known) = (runs[0].first, runs[runs.count - 1].newest)
            let last = max(known, end - TickPlanner.toldApartMilliseconds)
            return Run(
                first: first, newest: entry.latest(after: first - 1, through: last) ?? known,
                count: entry.count(after: first - 1, through: last, limit: .max), closedBecause: nil, isJoined: true)
        }

        /// The newest ticks of a run that are young enough to run, oldest first.
        private func newest(of run: Run, atMost limit: Int) -> [Int64] {
            var ticks: [Int64] = []
            var cursor: Int64? = run.newest
            while ticks.count < limit, let tick = cursor, now - tick <= entry.withinMilliseconds ?? .max {
                ticks.append(tick)
                cursor = entry.latest(after: run.first - 1, through: tick - 1)
            }
            return ticks.reversed()
        }

        /// What is left of a run before those of its ticks that run.
        private func skipped(_ run: Run, before running: [Int64]) -> [PlannedTick] {
            guard let newest = running.first.map({ entry.latest(after: run.first - 1, through: $0 - 1) }) ?? run.newest
            else { return [] }
            return [
                .skip(
                    SkippedTicks(
                        entry: entry, first: run.first, nominal: newest, count: run.count - running.count,
                        reason: reason(of: run, newest)))
            ]
        }

        private func reason(of run: Run, _ newest: Int64) -> SkippedTicks.Reason {
            if let because = run.closedBecause { return .closed(because: because) }
            let isTooOld = entry.misfire != .skip && now - newest > entry.withinMilliseconds ?? .max
            return isTooOld ? .tooOld : .misfire
        }
    }
}

extension ScheduleEntry {
    /// Whether the last handled time is so far ahead of the clock that the clock was wrong then, or is wrong now: by
    /// more than a minute and an interval. Of a long interval ten minutes count, and none of a time at which the entry
    /// never ticks, or a tick before it would be lost.
    /// - Parameters:
    ///   - last: unix milliseconds.
    ///   - now: unix milliseconds by the clock of Redis.
    public func isAhead(_ last: Int64, now: Int64) -> Bool {
        guard last > now, last - now > 60_000 else { return false }
        guard next(after: last - 1) == last, let following = next(after: last) else { return true }
        return last - now > 60_000 + min(following - last, 600_000)
    }
}

extension TickPlan {
    fileprivate mutating func wake(at time: Int64?) {
        nextWakeUp = [nextWakeUp, time].compactMap(\.self).min()
    }
}
