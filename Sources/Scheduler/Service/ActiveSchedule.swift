import JobQueue
import Logging

/// Which schedule one scheduler runs, or would run, and how its own file stands beside it.
///
/// The active schedule lives in Redis: the newest version. A scheduler's file is a wish; `FileVerdict` decides what it
/// counts for, and the leader carries that out: see `takeNewVersion`. `schedule apply` and `rollback` store versions
/// too, and the leader takes the newest one, whatever its file says.
struct ActiveSchedule {
    /// What the leader runs, or ran last; nil before anything is known.
    private(set) var current: LoadedSchedule?
    /// The version that `current` is; 0 until that is known.
    private(set) var version = 0
    /// A version that this program cannot read; not tried again.
    private(set) var unreadable = 0
    /// How this scheduler's file stands; nil before it was compared.
    private(set) var standing: FileStanding?

    /// What is known of the newest version; nil when none was ever stored, or it is to be read again.
    private(set) var active: ActiveVersion?
    /// The file as it was read last; nil while it cannot be read.
    private var own: OwnFile?
    private var problem: String?
    private var verdict: FileVerdict?
    /// The text of an edit whose load is or was worked out.
    private var assessed: String?
    private var hasLooked = false
    /// What this scheduler activated last from its file, and the newest version before that.
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
    ///   - schedule: what the file says; nil when it cannot be read.
    ///   - problem: why it cannot.
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

    /// Takes note of a changed file and of what others have activated, and decides what the file counts for.
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

    /// An edit that waits for time to pass goes by time, not by the clock; one that did not have to wait may have been
    /// taken for older than it is.
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
            // Read again for a hangup, or saved as it was: no change.
            guard loaded.text != own?.loaded.text else {
                return logger.info("the schedule file was read again: nothing in it changed")
            }
            logger.info("the schedule file was read again: \(loaded.file.schedules.count) entries")
            (own, problem, verdict) = (OwnFile(loaded: loaded, facts: .init(modified: nil, seen: now)), nil, nil)
            // It changed after the look that still found it as it was. What this scheduler has activated since then was
            // that old text, so the change is an edit of it.
            let isOwn = ownActivation.map { $0.before == knownUnder && $0.number == newest } ?? false
            note(now, skew, changedUnder: isOwn || knownUnder == newest ? newest : nil)
            // Whatever its own time is by: it changed since the last look.
            own?.facts.unchangedSince = now
        }
    }

    private mutating func readActive(_ parts: SchedulerService.Parts) async throws(JobQueueError) {
        verdict = nil
        active = nil
        guard let stored = try await parts.broker.schedule() else { return }
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
        if active != nil, !isSame { equals = try await parts.broker.scheduleVersion(of: own.loaded.text) }
        own.facts.isKnown = equals != nil
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

    /// Says once of each text that it is not activated before its load is known.
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
            // Said once for each edit, also when it is decided anew because a clock was set.
            guard old?.state != .review || old?.plan != new.plan else { return }
            parts.logger.error("ALARM \(sentence). \(new.advice(parts.commandOptions))")
        case .edit, .same, .invalid: break
        }
    }

    // MARK: What the leader did

    /// Whether there is something to activate or to take.
    var isBehind: Bool { edit != nil || active.map { $0.number != version && $0.number != unreadable } ?? false }

    mutating func took(_ schedule: LoadedSchedule, version: Int) {
        current = schedule
        self.version = version
    }

    /// The active version is another than was thought, or has another time: it is read and compared again.
    /// - Parameter number: the version that this scheduler has just activated from its file.
    mutating func readAgain(activated number: Int? = nil) {
        if let number { ownActivation = (active?.number ?? 0, number) }
        (active, verdict) = (nil, nil)
    }

    /// The active version counts as activated at another time than was stored; how the file stands does not change.
    mutating func activated(at time: Int64) {
        guard let known = active else { return }
        active = ActiveVersion(number: known.number, activated: time, text: known.text, file: known.file)
    }

    mutating func cannotRead(_ version: Int) { unreadable = version }
}

extension FileVerdict {
    fileprivate func hasWaited(at now: Int64) -> Bool {
        if case .waiting(let until) = self { now >= until } else { false }
    }
}
