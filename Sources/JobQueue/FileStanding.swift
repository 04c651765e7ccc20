/// How the schedule file of one scheduler stands beside the active version, as that scheduler says with its heartbeat.
public struct FileStanding: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable {
        /// It is the active version.
        case same
        /// It was changed after the active version was activated; the leader activates it, a standby once it leads.
        case edit
        /// An edit that removes so much that it may be half written: it waits until nobody has touched it for a while.
        case waiting
        /// It differs from the active version and is no newer: never activated unless a person applies it.
        case conflict
        /// It cannot be read.
        case invalid
    }

    public var host: String
    public var path: String
    public var state: State
    /// The version that was active when this was decided; 0 for none.
    public var active: Int
    /// The newest version that has the very text of the file; nil when none that is kept has.
    public var equals: Int?
    /// How the file differs from the active version, or why it cannot be read, in one line; empty when it is the same.
    public var difference: String
    /// Since when it stands so, unix milliseconds.
    public var since: Int64
    /// When an edit that waits is activated, unless it changes again; unix milliseconds.
    public var until: Int64?

    public init(
        host: String, path: String, state: State, active: Int, equals: Int? = nil, difference: String = "",
        since: Int64, until: Int64? = nil
    ) {
        self.host = host
        self.path = path
        self.state = state
        self.active = active
        self.equals = equals
        self.difference = difference
        self.since = since
        self.until = until
    }

    /// Whether a person has to decide.
    public var isTrouble: Bool { state == .conflict || state == .invalid }

    /// What is wrong or pending, one sentence without its full stop; nil when the file is the active version.
    public var sentence: String? {
        let file = "\(path) on \(host)"
        let content = equals.map { "it equals version \($0)" } ?? difference
        switch state {
        case .same: return nil
        case .edit: return "\(file) was edited and waits until its scheduler leads: \(content)"
        case .waiting:
            return "\(file) was edited and waits until it has been unchanged for a minute, because it removes so much: "
                + content
        case .conflict:
            return "\(file) is in conflict with version \(active), which is active and newer than the file: \(content)"
        case .invalid: return "\(file) cannot be read, and version \(active) stays active: \(difference)"
        }
    }

    /// The one command that activates the file; nil when there is nothing to activate.
    public var command: String? {
        switch state {
        case .same, .invalid: nil
        case .edit, .waiting, .conflict: "flotilla schedule apply \(Self.word(path))"
        }
    }

    /// As a shell takes it for one word.
    private static func word(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "/._-+@%:,".utf8.contains(byte)
        }
        return isPlain && !path.isEmpty ? path : "'" + path.replacing("'", with: "'\\''") + "'"
    }
}
