/// What a schedule file says that was changed in its place.
public enum FileChange: Sendable {
    /// - Parameter knownUnder: the newest version when the file was last found as it was before; nil if it never was.
    case read(LoadedSchedule, knownUnder: Int?)
    /// It cannot be read: the sentence says why.
    case invalid(String)
}
