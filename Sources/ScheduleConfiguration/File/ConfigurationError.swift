public import Time

/// Why a schedule file, or what was read beside it, cannot be used. Each description names the place, the error and the
/// valid form.
public enum ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file cannot be read at all; the text says why, with the remedy.
    case unreadable(path: String, String)
    /// All errors in a schedule file, in order of line and column; never empty.
    case invalidFile(path: String, [ScheduleFileProblem])
    /// A time zone outside of a schedule file that is refused or cannot be read.
    case time(TimeError)

    /// One line for each problem, with file, line and column where there is a file.
    public var description: String {
        switch self {
        case .unreadable(let path, let sentence): "\(path): \(sentence)"
        case .invalidFile(let path, let problems):
            problems.map { "\(path):\($0.line):\($0.column): \($0.message)" }.joined(separator: "\n")
        case .time(let error): error.description
        }
    }
}

/// One error in a schedule file.
public struct ScheduleFileProblem: Error, Sendable, Hashable {
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in Unicode scalars.
    public let column: Int
    /// The error and how to fix it.
    public let message: String

    /// As a warning, to be printed after the name of the file.
    public var warning: String { "\(line):\(column): warning: \(message)" }
}
