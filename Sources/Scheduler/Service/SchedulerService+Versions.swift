import JobQueue
import Logging
import ScheduleConfiguration

/// Activates edits and takes over new versions of the schedule.
extension SchedulerService {
    /// Begins a leadership with the version that the previous leader ran, so that a change in between is handled as a
    /// change.
    /// - Throws: `staleEpoch` when another scheduler was elected meanwhile.
    func begin(
        _ epoch: Int, _ elected: LeaderLease.Leadership, _ schedule: inout ActiveSchedule
    ) async throws(JobQueueError) -> LeaderState {
        if elected.isAfterDeath { try await parts.holdOrders(epoch) }
        if elected.takenVersion != schedule.version, let taken = try await load(elected.takenVersion) {
            schedule.took(taken, version: elected.takenVersion)
        }
        if schedule.current == nil, let active = schedule.active, let file = active.file {
            schedule.took(LoadedSchedule(file: file, text: active.text), version: active.number)
        }
        let file = (schedule.current ?? schedule.unrivalled)?.file ?? ScheduleFile()
        let queues = try await knownQueues(file.schedules)
        guard try await lease.announce(epoch, to: queues) else { throw .staleEpoch }
        try await file.configureQueues(with: parts.broker)
        let renamed = file.schedules.flatMap { entry in
            queues.compactMap { queue in entry.renamedFrom.map { Move($0, queue, to: entry) } }
        }
        try await carry(renamed, epoch: epoch)
        let names = file.schedules.map(\.name)
        let handled = try await parts.broker.schedules.lastTicks(of: names, in: queues)
        let ahead = try await parts.broker.schedules.ticksAhead(of: names, in: queues)
        parts.logger.info("scheduler \(parts.holder) leads with epoch \(epoch), \(file.schedules.count) entries")
        try await sayConflicts(schedule.standing)
        return LeaderState(epoch: epoch, version: schedule.version, handled: handled, ahead: ahead)
    }

    /// Logs at every change of leader which files of the fleet need an operator.
    private func sayConflicts(_ own: FileStanding?) async throws(JobQueueError) {
        let others = try await QueueInspector(broker: parts.broker).schedulers().filter { $0.holder != parts.holder }
        for standing in [own].compactMap(\.self) + others.compactMap(\.file) {
            switch standing.state {
            case .conflict, .review:
                parts.logger.warning("\(standing.sentence ?? ""). \(standing.advice(parts.commandOptions))")
            case .same, .edit, .waiting, .invalid: break
            }
        }
    }

    /// Activates an edit of the file, or takes over a version that another scheduler or an operator has activated.
    /// Replaces the schedule as a whole; an edit alone makes no entry fire.
    /// - Throws: `staleEpoch` when this scheduler no longer leads.
    func takeNewVersion(
        _ leadership: inout LeaderState, _ schedule: inout ActiveSchedule, skew: Int64
    ) async throws(JobQueueError) {
        let (next, number): (LoadedSchedule?, Int)
        if let (pending, expected) = pending(schedule) {
            switch try await parts.broker.schedules.storeSchedule(
                pending.text, by: "file at \(parts.holder)", expecting: expected, epoch: leadership.epoch)
            {
            case .stored(let version), .same(let version):
                (next, number) = (pending, version)
                schedule.readAgain(activated: version)
            case .conflict:
                // Another version was activated since: the scheduler first compares the file with that one.
                schedule.readAgain()
                return
            case .stale: throw .staleEpoch
            }
        } else {
            guard schedule.isBehind, let active = schedule.active else { return }
            (next, number) = (active.file.map { LoadedSchedule(file: $0, text: active.text) }, active.number)
        }
        guard let new = next else {
            try await sayUnreadable(number)
            schedule.cannotRead(number)
            return
        }
        if number != schedule.version {
            let old = schedule.current ?? new
            try await swap(old.file, for: new.file, version: number, &leadership)
            parts.logger.info("schedule version \(number) is active: \(new.file.schedules.count) entries")
        }
        schedule.took(new, version: number)
        // Reported to Redis at once, or a leader elected now would handle the change a second time.
        let now = try await lease.acquireOrRenew(skewMilliseconds: skew, running: number, standing: schedule.standing)
        guard now.epoch == leadership.epoch else { throw .staleEpoch }
    }

    /// The schedule that this leader has to activate, and the version that it expects to replace.
    private func pending(_ schedule: ActiveSchedule) -> (LoadedSchedule, expecting: Int)? {
        // A Redis that has lost its data gets back the schedule that ran, not the present content of a file.
        if schedule.active == nil, schedule.version > 0, let current = schedule.current { return (current, 0) }
        return schedule.edit.map { ($0.schedule, $0.expecting) }
    }

    /// - Returns: nil when there is no such version, or it cannot be read; both are logged.
    private func load(_ version: Int) async throws(JobQueueError) -> LoadedSchedule? {
        guard version > 0, let stored = try await parts.broker.schedules.schedule(version: version) else { return nil }
        do throws(ConfigurationError) {
            return LoadedSchedule(file: try parts.parse(stored.text), text: stored.text)
        } catch {
            say(unreadable: version, error)
            return nil
        }
    }

    private func sayUnreadable(_ version: Int) async throws(JobQueueError) { _ = try await load(version) }

    private func say(unreadable version: Int, _ error: ConfigurationError) {
        parts.logger.error(
            "schedule version \(version) is active and cannot be read here; what ran goes on: \(error)")
    }

    func swap(
        _ old: ScheduleFile, for new: ScheduleFile, version: Int, _ leadership: inout LeaderState
    ) async throws(JobQueueError) {
        // Due ticks are enqueued under the old rule; the new one applies from then on.
        let now = try await carryOutAll(of: old, &leadership)
        let queues = try await knownQueues(old.schedules + new.schedules)
        guard try await lease.announce(leadership.epoch, to: queues) else { throw .staleEpoch }
        try await new.configureQueues(with: parts.broker, insteadOf: old)
        let before = Dictionary(old.schedules.map { ($0.name, $0) }) { first, _ in first }
        var moves: [Move] = []
        for entry in new.schedules {
            guard let old = before[entry.name] ?? entry.renamedFrom.flatMap({ before[$0] }) else { continue }
            if let move = try Move(old, to: entry) { moves.append(move) }
        }
        // What a leader that died during this change, or during one of a version between, has begun goes on from there.
        let begun = try await parts.broker.schedules.begunVersions(of: new.schedules.map(\.name), in: queues)
        let replaced = leadership.version
        leadership.version = version
        let changed = TickPlanner(entries: new.schedules).lastRuns(replacing: old.schedules, now: now)
        let waiting = new.schedules.filter { changed[$0.name] != nil }.compactMap { before[$0.name] }
        try await letGo(waiting, through: now, &leadership, old)
        try await carry(moves, epoch: leadership.epoch)
        let known = try await parts.broker.schedules.lastTicks(of: new.schedules.map(\.name), in: queues)
        leadership.ahead = try await parts.broker.schedules.ticksAhead(of: new.schedules.map(\.name), in: queues)
        var handled: [String: Int64] = [:]
        leadership.handled = known
        for entry in new.schedules {
            let isNew = before[entry.name] == nil && entry.renamedFrom.flatMap { before[$0] } == nil
            let isBegun = version > 0 && begun[entry.name].map { $0 == version || $0 > replaced } ?? false
            if changed[entry.name] != nil || isNew && known[entry.name] != nil && !isBegun {
                try await setLastRun(of: entry, at: now, &leadership)
            }
            handled[entry.name] = leadership.handled[entry.name]
        }
        leadership.handled = handled
        leadership.quietUntil = 0
    }

    /// Carries out all due ticks, in as many plans as needed.
    /// - Returns: the time (unix ms) up to which no tick is due, except of entries that wait for their source or for
    ///   workers.
    private func carryOutAll(
        of file: ScheduleFile, _ leadership: inout LeaderState
    ) async throws(JobQueueError) -> Int64 {
        while true {
            let now = try await parts.broker.clock.now()
            let due = TickPlanner(entries: file.schedules).plan(lastHandled: leadership.handled, now: now)
            if due.ticks.isEmpty { return now }
            let before = leadership.handled
            try await carryOut(due, &leadership, file)
            if leadership.handled == before { return now }
        }
    }

    /// Records due ticks of waiting entries as skipped, because their rule ends.
    private func letGo(
        _ entries: [ScheduleEntry], through now: Int64, _ leadership: inout LeaderState, _ file: ScheduleFile
    ) async throws(JobQueueError) {
        let strict = entries.map { entry in
            var entry = entry
            entry.misfire = .skip
            return entry
        }
        // Every tick that is not in the future is late by more than this.
        let planner = TickPlanner(entries: strict, graceMilliseconds: -1)
        let left = planner.plan(lastHandled: leadership.handled, now: now)
        try await carryOut(left, &leadership, file)
    }

    /// An entry with its old name and queue, and its new ones.
    private struct Move {
        let old: (name: String, queue: QueueName)
        let entry: ScheduleEntry

        init?(_ before: ScheduleEntry, to entry: ScheduleEntry) throws(JobQueueError) {
            guard before.name != entry.name || before.queue != entry.queue else { return nil }
            self.init(before.name, try QueueName(before.queue), to: entry)
        }

        init(_ name: String, _ queue: QueueName, to entry: ScheduleEntry) {
            old = (name, queue)
            self.entry = entry
        }
    }

    /// Moves the state of entries that were renamed or use another queue now.
    private func carry(_ moves: [Move], epoch: Int) async throws(JobQueueError) {
        for move in moves {
            let isDone = try await parts.broker.schedules.renameEntry(
                move.old.name, of: move.old.queue, to: move.entry.name, of: try QueueName(move.entry.queue),
                epoch: epoch)
            guard isDone else { throw .staleEpoch }
        }
    }

    /// The queues of the schedule, and those that an entry may have used before it was edited.
    private func knownQueues(_ entries: [ScheduleEntry]) async throws(JobQueueError) -> [QueueName] {
        var queues = Set(try await QueueInspector(broker: parts.broker).queues())
        for entry in entries { queues.insert(try QueueName(entry.queue)) }
        return queues.sorted()
    }
}
