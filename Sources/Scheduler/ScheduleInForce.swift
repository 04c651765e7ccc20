import JobQueue
import Logging

/// Which schedule one scheduler runs, or would run, and which change waits to be put in force.
///
/// The schedule in force lives in Redis: the newest version. A file that changes and is valid becomes a new version, by
/// whoever leads. `schedule apply` and `rollback` store versions too, and the leader takes the newest one. A scheduler
/// that starts counts its file as changed if nobody leads, or if the text was never in force; one that joins others
/// with a text that was in force before is taken to be out of date, and says so.
struct ScheduleInForce {
    private(set) var current: LoadedSchedule
    /// The version that `current` is; 0 until that is known.
    private(set) var version = 0
    /// A change of the file that is not in force yet.
    private(set) var pending: LoadedSchedule?
    private let isFromFile: Bool
    private var hasLooked = false
    /// The newest version whose text was compared with the pending one.
    private var compared = 0
    /// A version that this program cannot read; not tried again.
    private(set) var unreadable = 0

    init(_ schedule: LoadedSchedule, isFromFile: Bool) {
        current = schedule
        self.isFromFile = isFromFile
    }

    /// Takes note of a changed file and of what others have put in force.
    mutating func look(_ look: LeaderLease.Look, _ parts: SchedulerService.Parts) async throws(JobQueueError) {
        if let changed = await parts.reload() {
            parts.logger.info("the schedule file was read again: \(changed.file.schedules.count) entries")
            pending = changed
            compared = 0
        }
        if !hasLooked {
            if pending == nil, isFromFile { try await start(look, parts) }
            hasLooked = true
        }
        guard let waiting = pending, look.newestVersion != compared else { return }
        compared = look.newestVersion
        // Others have seen the same change first. A leader stores it anyway, which changes nothing.
        if look.epoch == nil, try await parts.broker.schedule()?.text == waiting.text { pending = nil }
    }

    private mutating func start(_ look: LeaderLease.Look, _ parts: SchedulerService.Parts) async throws(JobQueueError) {
        if look.epoch != nil || look.newestVersion == 0 {
            pending = current
        } else if try await !parts.broker.isKnownSchedule(current.text) {
            pending = current
        } else if try await parts.broker.schedule()?.text != current.text {
            parts.logger.warning(
                """
                the schedule file here is an earlier version; version \(look.newestVersion) stays in force. \
                'flotilla schedule apply' puts the file in force
                """)
        }
    }

    /// Whether there is something to put in force or to take.
    func isBehind(_ newest: Int) -> Bool { pending != nil || newest != version && newest != unreadable }

    mutating func took(_ schedule: LoadedSchedule, version: Int) {
        current = schedule
        self.version = version
    }

    mutating func stored() { pending = nil }
    mutating func cannotRead(_ version: Int) { unreadable = version }
}

extension SchedulerService {
    /// What a new leader begins with: the version that the one before it ran, so that a change in between is taken as
    /// one.
    func begin(
        _ epoch: Int, _ look: LeaderLease.Look, _ schedule: inout ScheduleInForce
    ) async throws(JobQueueError) -> Leadership? {
        if look.takenVersion != schedule.version, let taken = try await load(look.takenVersion) {
            schedule.took(taken, version: look.takenVersion)
        }
        let file = schedule.current.file
        let queues = try await knownQueues(file.schedules)
        guard try await lease.announce(epoch, to: queues) else { return nil }
        try await file.configureQueues(with: parts.broker)
        let renamed = file.schedules.flatMap { entry in
            queues.compactMap { queue in entry.was.map { Move($0, queue, to: entry) } }
        }
        guard try await carry(renamed, epoch: epoch) else { return nil }
        parts.logger.info("scheduler \(parts.holder) leads with epoch \(epoch), \(file.schedules.count) entries")
        return Leadership(
            epoch: epoch, handled: try await parts.broker.lastTicks(of: file.schedules.map(\.name), in: queues))
    }

    /// Puts a changed file in force, or takes what others have put in force. Swaps the schedule whole; nothing fires
    /// merely because an entry was edited.
    /// - Returns: false when this scheduler leads no more.
    func takeNewVersion(
        _ leadership: inout Leadership, _ schedule: inout ScheduleInForce, newest: Int, skew: Int64
    ) async throws(JobQueueError) -> Bool {
        var (next, number) = (schedule.pending, 0)
        if let pending = next {
            switch try await parts.broker.storeSchedule(
                pending.text, by: "file at \(parts.holder)", epoch: leadership.epoch)
            {
            case .stored(let version), .same(let version): number = version
            case .stale, .conflict: return false
            }
            schedule.stored()
        } else {
            number = newest
            guard schedule.isBehind(number) else { return true }
            next = try await load(number)
        }
        guard let new = next else {
            schedule.cannotRead(number)
            return true
        }
        if number != schedule.version {
            guard try await swap(schedule.current.file, for: new.file, &leadership) else { return false }
            parts.logger.info("schedule version \(number) is in force: \(new.file.schedules.count) entries")
        }
        schedule.took(new, version: number)
        // Told at once, or a leader that comes now would take the change a second time.
        return try await lease.look(skewMilliseconds: skew, running: number).epoch == leadership.epoch
    }

    /// - Returns: nil after saying so when there is no such version, or it cannot be read.
    private func load(_ version: Int) async throws(JobQueueError) -> LoadedSchedule? {
        guard version > 0, let stored = try await parts.broker.schedule(version: version) else { return nil }
        do throws(SchedulerError) {
            return LoadedSchedule(file: try parts.parse(stored.text), text: stored.text)
        } catch {
            parts.logger.error(
                "schedule version \(version) is in force and cannot be read here; what ran goes on: \(error)")
            return nil
        }
    }

    func swap(
        _ old: ScheduleFile, for new: ScheduleFile, _ leadership: inout Leadership
    ) async throws(JobQueueError) -> Bool {
        // What is due already is sent under the old rule; the new one counts from then on.
        guard let now = try await carryOutAll(of: old, &leadership) else { return false }
        let queues = try await knownQueues(old.schedules + new.schedules)
        guard try await lease.announce(leadership.epoch, to: queues) else { return false }
        try await new.configureQueues(with: parts.broker, insteadOf: old)
        let before = Dictionary(old.schedules.map { ($0.name, $0) }) { first, _ in first }
        var moves: [Move] = []
        for entry in new.schedules {
            guard let old = before[entry.name] ?? entry.was.flatMap({ before[$0] }) else { continue }
            if let move = try Move(old, to: entry) { moves.append(move) }
        }
        let changed = TickPlanner(entries: new.schedules).baselines(replacing: old.schedules, now: now)
        let waiting = new.schedules.filter { changed[$0.name] != nil }.compactMap { before[$0.name] }
        guard try await letGo(waiting, through: now, &leadership, old) else { return false }
        guard try await carry(moves, epoch: leadership.epoch) else { return false }
        let known = try await parts.broker.lastTicks(of: new.schedules.map(\.name), in: queues)
        var handled: [String: Int64] = [:]
        leadership.handled = known
        for entry in new.schedules {
            let isNew = before[entry.name] == nil && entry.was.flatMap { before[$0] } == nil
            if changed[entry.name] != nil || isNew && known[entry.name] != nil {
                guard try await setBaseline(of: entry, at: now, &leadership) else { return false }
            }
            handled[entry.name] = leadership.handled[entry.name]
        }
        leadership.handled = handled
        leadership.quietUntil = 0
        return true
    }

    /// Carries out whatever is due, however many plans that takes.
    /// - Returns: the time (unix ms) up to which nothing is due, but for entries that wait for their source or for
    ///   workers; nil when this scheduler leads no more.
    private func carryOutAll(
        of file: ScheduleFile, _ leadership: inout Leadership
    ) async throws(JobQueueError) -> Int64? {
        while true {
            let now = try await parts.broker.clock.now()
            let due = TickPlanner(entries: file.schedules).plan(lastHandled: leadership.handled, now: now)
            if due.ticks.isEmpty { return now }
            let before = leadership.handled
            guard try await carryOut(due, &leadership, file) else { return nil }
            if leadership.handled == before { return now }
        }
    }

    /// Records as skipped what is due of entries that wait, because the rule that it is due by ends.
    private func letGo(
        _ entries: [ScheduleEntry], through now: Int64, _ leadership: inout Leadership, _ file: ScheduleFile
    ) async throws(JobQueueError) -> Bool {
        let strict = entries.map { entry in
            var entry = entry
            entry.misfire = .skip
            return entry
        }
        // Whatever is not in the future is late by more than this.
        let planner = TickPlanner(entries: strict, graceMilliseconds: -1)
        let left = planner.plan(lastHandled: leadership.handled, now: now)
        return try await carryOut(left, &leadership, file)
    }

    /// One entry under its old name or in its old queue, and where it is now.
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

    /// Entries that were renamed, or that go to another queue now, take along what is known of them.
    private func carry(_ moves: [Move], epoch: Int) async throws(JobQueueError) -> Bool {
        for move in moves {
            let isDone = try await parts.broker.carryEntry(
                move.old.name, of: move.old.queue, to: move.entry.name, of: try QueueName(move.entry.queue),
                epoch: epoch)
            guard isDone else { return false }
        }
        return true
    }

    /// The queues of the schedule, and those that an entry may have used before it was edited.
    private func knownQueues(_ entries: [ScheduleEntry]) async throws(JobQueueError) -> [QueueName] {
        var queues = Set(try await QueueInspector(broker: parts.broker).queues())
        for entry in entries { queues.insert(try QueueName(entry.queue)) }
        return queues.sorted()
    }
}
