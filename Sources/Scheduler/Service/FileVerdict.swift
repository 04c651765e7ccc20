public import ScheduleConfiguration

/// What a schedule file counts as beside the active version. Redis holds the active version; files are candidates.
///
/// A pure function of the facts about both. A file that differs is an edit only if it was modified after the active
/// version was activated; otherwise it is in conflict, and only an operator activates it.
public enum FileVerdict: Sendable, Equatable {
    case same
    case edit
    /// An edit that removes so many entries that it may be half written; unix ms at which it is activated unless it
    /// changes again.
    case waiting(until: Int64)
    /// An edit that only an operator activates, by the review policy.
    case review
    case conflict

    /// The facts about a file. Times are unix milliseconds by the clock of Redis.
    public struct File: Sendable, Equatable {
        /// The modification time of the file; nil when it is not known.
        public var modified: Int64?
        /// Since when the file is known to have its present content. Measures elapsed time: when the clock of Redis is
        /// set, this value moves with it.
        public var unchangedSince: Int64
        /// The version that was the newest both when this process last found the file unchanged and when it saw the
        /// change; nil when the file has not changed since the process started, or another version was stored between
        /// the two.
        public var changedUnder: Int?
        /// Whether the file has the text of a version, kept or not.
        public var isKnown: Bool
        /// How many of the active version's entries it removes, and whether it leaves none.
        public var removed: Int
        /// Whether the file has no entry at all.
        public var leavesNone: Bool
        /// Whether the edit would exceed a limit or reserve.
        public var exceedsLimits: Bool

        /// - Parameter seen: when this process first saw the present content of the file. A process that saw the change
        ///   uses that; another uses the modification time.
        public init(
            modified: Int64?, seen: Int64, changedUnder: Int? = nil, isKnown: Bool = false, removed: Int = 0,
            leavesNone: Bool = false, exceedsLimits: Bool = false
        ) {
            self.modified = modified
            unchangedSince = changedUnder == nil ? min(modified ?? seen, seen) : seen
            self.changedUnder = changedUnder
            self.isKnown = isKnown
            self.removed = removed
            self.leavesNone = leavesNone
            self.exceedsLimits = exceedsLimits
        }
    }

    /// The facts about the active version.
    public struct Active: Sendable, Equatable {
        /// As `ScheduleVersion.number`.
        public var number: Int
        /// Unix milliseconds by the clock of Redis.
        public var activated: Int64
        /// How many entries it has.
        public var entries: Int

        /// - Parameter activated: unix milliseconds by the clock of Redis.
        public init(number: Int, activated: Int64, entries: Int) {
            self.number = number
            self.activated = activated
            self.entries = entries
        }
    }

    /// How long an edit that removes most of the schedule has to stay as it is, in milliseconds.
    public static let settleMilliseconds: Int64 = 60_000
    /// How far a time may be ahead of the clock before it is ignored, in milliseconds.
    private static let aheadLimit: Int64 = 5_000
    private static let activatedAheadLimit: Int64 = 60_000
    /// How far a modification time may be behind, in milliseconds: file systems take it from a clock that advances in
    /// steps.
    private static let grain: Int64 = 20

    /// - Parameters:
    ///   - isSame: whether the file has the active version's text.
    ///   - active: nil while no version was ever activated; then any file is an edit.
    ///   - review: the stricter of the policies of the active version and the file.
    ///   - now: unix milliseconds by the clock of Redis.
    public init(of file: File, isSame: Bool, active: Active?, review: ReviewPolicy, now: Int64) {
        guard let active else {
            self = .edit
            return
        }
        guard !isSame else {
            self = .same
            return
        }
        guard Self.isEdit(file, active, now) else {
            self = .conflict
            return
        }
        let removesMost = MassRemoval(removed: file.removed, of: active.entries, leavesNone: file.leavesNone) != nil
        switch review {
        case .always: self = .review
        case .risky: self = removesMost || file.exceedsLimits ? .review : .edit
        case .never:
            let until = file.unchangedSince + Self.settleMilliseconds
            self = removesMost && now < until ? .waiting(until: until) : .edit
        }
    }

    private static func isEdit(_ file: File, _ active: Active, _ now: Int64) -> Bool {
        if file.changedUnder == active.number { return true }
        guard let modified = file.modified, modified <= now + aheadLimit,
            active.activated <= now + activatedAheadLimit
        else {
            // A wrong clock told one of the two times, so their order is not known: a text that was never a version is
            // new, and a version that was replaced must not come back by itself.
            return !file.isKnown
        }
        return modified + grain > active.activated
    }
}
