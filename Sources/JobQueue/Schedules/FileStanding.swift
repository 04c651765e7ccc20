/// How the schedule file of one scheduler compares with the active version; the scheduler reports it with its
/// heartbeat.
public struct FileStanding: Sendable, Equatable, Codable {
    /// How the file's text relates to the active version.
    public enum State: String, Sendable, Codable {
        /// The file is the active version.
        case same
        /// The file was changed after the active version was activated; the leader activates it, a standby once it
        /// leads.
        case edit
        /// An edit that removes so many entries that it may be half written: it waits until it is unchanged for a
        /// minute.
        case waiting
        /// An edit that the review policy holds until an operator applies it.
        case review
        /// The file differs from the active version and is no newer: never activated unless an operator applies it.
        case conflict
        /// The file cannot be read.
        case invalid
    }

    /// The scheduler's host, for display.
    public var host: String
    /// The file on that host.
    public var path: String
    /// Decided by the scheduler that reads the file; `isTrouble` tells which states need an operator.
    public var state: State
    /// The version that was active when this was decided; 0 for none.
    public var active: Int
    /// The newest version with exactly the text of the file; nil when no kept version has it.
    public var equals: Int?
    /// How the file differs from the active version, or why it cannot be read, in one line; empty when it is the same.
    public var difference: String
    /// Since when the state holds, unix milliseconds.
    public var since: Int64
    /// When an edit that waits is activated, unless it changes again; unix milliseconds.
    public var until: Int64?
    /// The risks of an edit that waits for an operator, a sentence each without its full stop; nil for none.
    public var risks: [String]?
    /// The id of the plan that activates exactly the edit that waits for an operator.
    public var plan: String?

    /// The most risks that are kept, and the most characters of one.
    private static let toldRisks = 3
    private static let riskLimit = 300

    /// Keeps the first 3 risks, each as one line of at most 300 characters.
    public init(
        host: String, path: String, state: State, active: Int, equals: Int? = nil, difference: String = "",
        since: Int64, until: Int64? = nil, risks: [String] = [], plan: String? = nil
    ) {
        self.host = host
        self.path = path
        self.state = state
        self.active = active
        self.equals = equals
        self.difference = difference
        self.since = since
        self.until = until
        let told = risks.prefix(Self.toldRisks).map { PlainText.line($0, limit: Self.riskLimit) }
        self.risks = told.isEmpty ? nil : told
        self.plan = plan
    }

    /// Whether an operator has to decide.
    public var isTrouble: Bool {
        switch state {
        case .conflict, .invalid, .review: true
        case .same, .edit, .waiting: false
        }
    }

    /// The error or pending edit, one sentence without its full stop; nil when the file is the active version.
    public var sentence: String? {
        let file = "\(path) on \(host)"
        let content = equals.map { "it equals version \($0)" } ?? difference
        switch state {
        case .same: return nil
        case .edit: return "\(file) was edited and waits until its scheduler leads: \(content)"
        case .waiting:
            return "\(file) was edited and waits until it has been unchanged for a minute, because it removes so much: "
                + content
        case .review:
            let why = risks.map { ": " + $0.joined(separator: "; ") } ?? ", as review: always says"
            return "\(file) was edited, and the edit waits until somebody applies it\(why). Version \(active) stays "
                + "active; the edit: \(content)"
        case .conflict:
            return "\(file) is in conflict with version \(active), which is active and newer than the file: \(content)"
        case .invalid:
            // What is wrong with the file is one sentence or more, each with its full stop.
            let problem = difference.hasSuffix(".") ? String(difference.dropLast()) : difference
            return "\(file) cannot be read, and version \(active) stays active: \(problem)"
        }
    }

    /// The one command that activates the file; nil when there is nothing to activate.
    public var command: String? { command() }

    /// - Parameter options: further options that the command needs to reach this fleet from elsewhere.
    public func command(_ options: [String] = []) -> String? {
        let words = ["flotilla", "schedule", "apply", path]
        switch state {
        case .same, .invalid: return nil
        case .edit, .waiting, .conflict: return ShellWords.line(words + options)
        case .review:
            // The risks are shown beside the command, and the plan id makes it apply exactly the edit that was shown.
            let consent = (plan.map { ["--plan", $0] } ?? []) + (risks == nil ? [] : ["--yes"])
            return ShellWords.line(words + options + consent)
        }
    }

    /// What an operator can do, in sentences; empty when there is nothing to activate.
    public func advice(_ options: [String] = []) -> String {
        guard let command = command(options) else { return "" }
        let look = planCommand(options).map { " (and this shows what it would do: \($0) )" } ?? ""
        return "On \(host) this activates it: \(command)\(look)"
    }

    /// The command that shows the effects of an edit; nil when no edit waits for an operator.
    public func planCommand(_ options: [String] = []) -> String? {
        state == .review ? ShellWords.line(["flotilla", "schedule", "plan", path] + options) : nil
    }
}
