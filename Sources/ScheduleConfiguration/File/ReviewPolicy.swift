/// Which edits of the schedule file in its place wait until a person has seen and applied them.
///
/// The stricter of two counts: that of the active version, so that an edit cannot lift its own review, and that of the
/// edit. A fleet without any active version has nothing to compare a file with, and activates it.
public enum ReviewPolicy: String, Sendable, Equatable, CaseIterable, Comparable {
    /// None waits, but for one that may be half written.
    case never
    /// Those that a plan calls risky: see `SchedulePlan.isRisky`.
    case risky
    case always

    /// Ordered by strictness: never, risky, always. The stricter of two policies is their `max`.
    public static func < (left: ReviewPolicy, right: ReviewPolicy) -> Bool { left.strictness < right.strictness }

    private var strictness: Int {
        switch self {
        case .never: 0
        case .risky: 1
        case .always: 2
        }
    }
}
