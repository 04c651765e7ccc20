import JobQueue
import Logging
import ScheduleConfiguration

/// The schedule that one scheduler runs or would run, and how its own file compares with it.
///
/// The active schedule is the newest version in Redis. A scheduler's file is a candidate: `FileVerdict` decides whether
/// it becomes a version, and the leader carries that out, see `takeNewVersion`. `schedule apply` and `rollback` store
/// versions too, and the leader uses the newest one, whatever its file holds.
struct ActiveSchedule {
    /// The schedule that the leader runs, or ran last; nil before it is known.
    private(set) var current: LoadedSchedule?
    /// The version of `current`; 0 until it is known.
    private(set) var version = 0
    /// The number of a version that this program cannot read; it is not read again.
    private(set) var unreadable = 0
    /// The state of this scheduler's file; nil before the first comparison.
    private(set) var standing: FileStanding?

    /// The newest version as last read; nil when none was ever stored, or it has to be read again.
    private(set) var active: ActiveVersion?
    /// The file as it was read last; nil while it cannot be read.
    private var own: OwnFile?
    private var problem: String?
    private var verdict: FileVerdict?
    /// The text of an edit whose load is being or was computed.
    private var assessed: String?
    private var hasLooked = false
    /// The version that this scheduler last activated from its file, and the newest version before that.
    private var ownActivation: (before: Int, number: Int)?

    struct ActiveVersion {
        let number: Int
        let activated: Int64
        let text: String
        /// Nil when this program cannot read it.
        let file: ScheduleFile?
    }

    private struct OwnFile {
        let loaded: LoadedSchedule
        var facts: FileVerdict.File
    }

    /// - Parameters:
    ///   - schedule: the schedule of the file; nil when it cannot be read.
    ///   - problem: why the file cannot be read.
    init(_ schedule: LoadedSchedule?, problem: String? = nil) {
        own = schedule.map { OwnFile(loaded: $0, facts: FileVerdict.File(modified: nil, seen: 0)) }
        self.problem = schedule == nil ? problem ?? "it cannot be read" : nil
    }

    /// The file, where it is to be activated now, and the version that this was decided against.
    var edit: (schedule: LoadedSchedule, expecting: Int)? {
        guard verdict == .edit, let own else { return nil }
        return (own.loaded, active?.number ?? 0)
    }

    /// The file, while no version was ever activated.
    var unrivalled: LoadedSchedule? { active == nil ? own?.loaded : nil }

    /// Reads changes of the file and of the active version, and decides what the file counts as.
    mutating func look(
        _ elected: LeaderLease.Leadership, at now: Int64, skew: Int64, _ parts: SchedulerService.Parts
    ) async throws(JobQueueError) {
        let isFirst = !hasLooked
        hasLooked = true
        let change = await parts.reload(elected.newestVersion)
        if isFirst, own != nil { note(now, skew, changedUnder: nil) }
        if let change { take(change, now, skew, newest: elected.newestVersion, parts.logger) }
        let isNew = elected.newestVersion != active?.number ?? 0
        if isNew { try await readActive(parts) }
        let isDue = own != nil && verdict?.hasWaited(at: now) ?? true
        guard isFirst || change != nil || isNew || isDue else { return }
        try await decide(now, parts)
    }

    /// An edit that waits measures elapsed time, not the clock, so its start moves with the clock. Other verdicts are
    /// decided again, because the age of the file may have been misjudged.
    mutating func clockWasSet(by step: Int64) {
        own?.facts.unchangedSince += step
        if verdict != .same, verdict != .conflict { verdict = nil }
    }

    private mutating func note(_ now: Int64, _ skew: Int64, changedUnder version: Int?) {
        let modified = own?.loaded.modifiedMilliseconds.map { $0 - skew }
        own?.facts = FileVerdict.File(modified: modified, seen: now, changedUnder: version)
    }

    private mutating func take(
        _ change: FileChange, _ now: Int64, _ skew: Int64, newest: Int, _ logger: Logger
    ) {
        switch change {
        case .invalid(let why):
            logger.error("ALARM the active schedule stays: \(why)")
            (own, problem, verdict) = (nil, why, nil)
        case .read(let loaded, let knownUnder):
            // Read again after SIGHUP, or saved without changes: no edit.
            guard loaded.text != own?.loaded.text else {
                return logger.info("the schedule file was read again: nothing in it changed")
            }
            logger.info("the schedule file was read again: \(loaded.file.schedules.count) entries")
            (own, problem, verdict) = (OwnFile(loaded: loaded, facts: .init(modified: nil, seen: now)), nil, nil)
            // The file changed after the check that still found the old text. If this scheduler has activated a version
            // since then, that was the old text, so the change is an edit of it.
            let isOwn = ownActivation.map { $0.before == knownUnder && $0.number == newest } ?? false
            note(now, skew, changedUnder: isOwn || knownUnder == newest ? newest : nil)
            // The file changed since the last check, whatever its modification time is.
            own?.facts.unchangedSince = now
        }
    }

    private mutating func readActive(_ parts: SchedulerService.Parts) async throws(JobQueueError) {
        verdict = nil
        active = nil
        guard let stored = try await parts.broker.schedules.schedule() else { return }
        active = ActiveVersion(
            number: stored.number, activated: stored.storedMilliseconds, text: stored.text,
            file: try? parts.parse(stored.text))
    }

    // MARK: The file's standing

    private mutating func decide(_ now: Int64, _ parts: SchedulerService.Parts) async throws(JobQueueError) {
        guard var own else { return stand(.invalid, now, PlainText.line(problem ?? "", limit: 300), parts) }
        let isSame = own.loaded.text == active?.text
        let summary = active?.file.map { EntrySummary(from: $0, to: own.loaded.file) }
        var equals: Int?
        own.facts.isKnown = false
        if active != nil, !isSame {
            let text = own.loaded.text
            equals = try await parts.broker.schedules.scheduleVersion(of: text)
            own.facts.isKnown = equals != nil
            if equals == nil { own.facts.isKnown = try await parts.broker.schedules.hadText(text) }
        }
        own.facts.removed = summary?.removed.count ?? 0
        own.facts.leavesNone = own.loaded.file.schedules.isEmpty
        let rival = active.map {
            FileVerdict.Active(
                number: $0.number, activated: $0.activated, entries: $0.file?.schedules.count ?? 0)
        }
        var (new, risks) = (verdict(own, isSame, rival, now), [String]())
        if let rival, new == .edit || new == .review, policy(own) != .never {
            guard let excesses = parts.excesses(active?.file ?? ScheduleFile(), own.loaded.file) else {
                return sayAssessed(own, parts)
            }
            own.facts.exceedsLimits = !excesses.isEmpty
            new = verdict(own, isSame, rival, now)
            let removal = MassRemoval(
                removed: own.facts.removed, of: rival.entries, leavesNone: own.facts.leavesNone)
            risks = (removal.map { ["\($0)"] } ?? []) + excesses
        }
        self.own = own
        guard new != verdict else { return }
        verdict = new
        let difference = summary?.line ?? "nobody here can read the active version"
        switch new {
        case .same: stand(.same, now, "", parts)
        case .edit: stand(.edit, now, difference, parts, equals: equals)
        case .conflict: stand(.conflict, now, difference, parts, equals: equals)
        case .waiting(let until): stand(.waiting, now, difference, parts, equals: equals, until: until)
        case .review: stand(.review, now, difference, parts, equals: equals, risks: risks)
        }
    }

    /// Logs once for each text that it is not activated before its load is known.
    private mutating func sayAssessed(_ own: OwnFile, _ parts: SchedulerService.Parts) {
        guard assessed != own.loaded.text else { return }
        assessed = own.loaded.text
        parts.logger.info("\(parts.path) was edited; what it asks of the limits is worked out before it counts")
    }

    /// The stricter of two: an edit cannot lift its own review.
    private func policy(_ own: OwnFile) -> ReviewPolicy {
        max(own.loaded.file.review, active?.file?.review ?? .risky)
    }

    private func verdict(_ own: OwnFile, _ isSame: Bool, _ rival: FileVerdict.Active?, _ now: Int64) -> FileVerdict {
        FileVerdict(of: own.facts, isSame: isSame, active: rival, review: policy(own), now: now)
    }

    private mutating func stand(
        _ state: FileStanding.State, _ now: Int64, _ difference: String, _ parts: SchedulerService.Parts,
        equals: Int? = nil, until: Int64? = nil, risks: [String] = []
    ) {
        var new = FileStanding(
            host: parts.host, path: parts.path, state: state, active: active?.number ?? 0, equals: equals,
            difference: difference, since: now, until: until, risks: risks)
        if state == .review, let active, let own {
            new.plan = ScheduleText.planID(from: active.text, to: own.loaded.text)
        }
        let old = standing
        if let old, old.state == new.state, old.difference == new.difference { new.since = old.since }
        standing = new
        guard let sentence = new.sentence else { return }
        let command = new.command(parts.commandOptions) ?? ""
        switch state {
        case .conflict: parts.logger.error("\(sentence). To activate it: \(command)")
        case .waiting: parts.logger.warning("\(sentence). To activate it now: \(command)")
        case .review:
            // Logged once for each edit, also when it is decided again because a clock was set.
            guard old?.state != .review || old?.plan != new.plan else { return }
            parts.logger.error("ALARM \(sentence). \(new.advice(parts.commandOptions))")
        case .edit, .same, .invalid: break
        }
    }

    // MARK: What the leader did

    /// Whether there is an edit to activate or a version to take over.
    var isBehind: Bool { edit != nil || active.map { $0.number != version && $0.number != unreadable } ?? false }

    mutating func took(_ schedule: LoadedSchedule, version: Int) {
        current = schedule
        self.version = version
    }

    /// Has the active version read and compared again, because it changed, or its activation time did.
    /// - Parameter number: the version that this scheduler has just activated from its file.
    mutating func readAgain(activated number: Int? = nil) {
        if let number { ownActivation = (active?.number ?? 0, number) }
        (active, verdict) = (nil, nil)
    }

    /// Changes the activation time of the active version, which a wrong clock gave. A file with a text that was never a
    /// version stays what it is; one that equals a version that was replaced is compared with the new time.
    mutating func activated(at time: Int64) {
        guard let known = active else { return }
        active = ActiveVersion(number: known.number, activated: time, text: known.text, file: known.file)
        if let facts = own?.facts, facts.isKnown, facts.changedUnder != known.number { verdict = nil }
    }

    mutating func cannotRead(_ version: Int) { unreadable = version }
}

extension FileVerdict {
    fileprivate func hasWaited(at now: Int64) -> Bool {
        if case .waiting(let until) = self { now >= until } else { false }
    }
}
