/// What a schedule file says that was changed in its place.
public enum FileChange: Sendable {
    case read(LoadedSchedule)
    /// It cannot be read: the sentence says why.
    case invalid(String)
}
