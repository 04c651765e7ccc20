public import ScheduleConfiguration

/// The new content of a schedule file that was changed.
public enum FileChange: Sendable {
    /// - Parameter knownUnder: the newest version when the file was last found with its old content; nil if it never
    ///   was.
    case read(LoadedSchedule, knownUnder: Int?)
    /// The file cannot be read, with the reason as a sentence.
    case invalid(String)
}
