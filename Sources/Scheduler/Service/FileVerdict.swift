/// What a schedule file counts for beside the active version. Redis holds the active version; files are wishes.
///
/// A pure function of what is known of both. A file that differs is an edit only if it was modified after the active
/// version was activated; otherwise it is in conflict, and nothing but a person activates it.
public enum FileVerdict: Sendable, Equatable {
    case same
    case edit
    /// An edit that removes so much that it may be half written; unix ms at which it counts unless it changes again.
    case waiting(until: Int64)
    /// An edit that only a person activates, by the review policy.
    case review
    case conflict

    /// What is known of a file. Times are unix milliseconds by the clock of Redis.
    public struct File: Sendable, Equatable {
        /// By the file's own time; nil when that is not known.
        public var modified: Int64?
        /// Since when the file is known to say what it says. By time that has passed: when the clock of Redis is set,
        /// this moves with it.
        public var unchangedSince: Int64
        /// The version that was the newest both when this process last found the file unchanged and when it saw the
        /// change; nil when the file was as it is when the process started, or another version came between the two.
        public var changedUnder: Int?
        /// Whether the file has the text of a version, any that is kept.
        public var isKnown: Bool
        /// How many of the active version's entries it removes, and whether it leaves none.
        public var removed: Int
        /// Whether the file has no entry at all.
        public var leavesNone: Bool
        /// Whether a limit or reserve would be asked for too much.
        public var exceedsLimits: Bool

        /// - Parameter seen: when this process saw what the file says for the first time. A process that has seen the
        ///   change goes by that, another by the file's own time.
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

    /// What is known of the active version.
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
    /// How far a time may be ahead of the clock before it says nothing, in milliseconds.
    private static let aheadLimit: Int64 = 5_000
    private static let activatedAheadLimit: Int64 = 60_000
    /// What a file's time may be behind: file systems take it from a clock that goes on in steps.
    private static let grain: Int64 = 20

    /// - Parameters:
    ///   - isSame: whether the file has the active version's text.
    ///   - active: nil while no version was ever activated; then any file is an edit.
    ///   - review: the stricter of what the active version and the file say.
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
            // One of the two was told by a wrong clock, so the order is not known: what nobody ever activated is new,
            // and what somebody has replaced must not come back by itself.
            return !file.isKnown
        }
        return modified + grain > active.activated
    }
}
