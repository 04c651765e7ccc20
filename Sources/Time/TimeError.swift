import JobQueue

/// Why a cron expression, a time zone, a duration or a time cannot be used. Each description names the error and the
/// valid form.
public enum TimeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A cron expression that does not parse, or can never fire.
    case cron(expression: String, CronProblem)
    /// A time zone name that is refused or unknown; the text is a full sentence with the remedy.
    case timeZone(name: String, String)
    /// The machine has no usable time-zone database.
    case timeZoneDatabase(path: String, String)
    /// A duration or rate that does not parse.
    case quantity(text: String, String)
    /// A date or time that is malformed, or that no calendar or clock shows; the text holds the reason where it is
    /// known.
    case time(text: String, String)

    /// One or two sentences.
    public var description: String {
        switch self {
        case .cron(let expression, let problem):
            "cron expression '\(expression)', column \(problem.offset + 1): \(problem.sentence)"
        case .timeZone(_, let sentence): sentence
        case .timeZoneDatabase(let path, let sentence): "\(path): \(sentence)"
        case .quantity(_, let sentence): sentence
        case .time(let text, let reason):
            "'\(text.shortened)' is not a time\(reason.isEmpty ? "" : ": \(reason)"). "
                + "Write it like 2026-01-31T08:00:00Z."
        }
    }
}

/// An error in a cron expression, and its place.
public struct CronProblem: Error, Sendable, Equatable {
    /// `minute`, `day-of-month` and so on; nil when the expression as a whole is wrong.
    public let field: String?
    /// The text that is wrong.
    public let text: String
    /// Unicode scalars before `text` in the expression.
    public let offset: Int
    /// One sentence on the error and one on the valid form.
    public let sentence: String
}
