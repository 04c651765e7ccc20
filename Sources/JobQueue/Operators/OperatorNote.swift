/// Who makes a change, to what, and why: what the operator log says of it. A broker that carries a note writes it in
/// the same script as the change.
public struct OperatorNote: Sendable, Equatable {
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What is done, such as `queue.pause`.
    public let action: String
    /// To what, such as the name of a queue or a job's id.
    public let target: String
    /// The operator's own words; empty when none were given.
    public let why: String
    /// The entry of the log that this change takes back; nil for a change of its own.
    public let undoes: String?
    /// Whether jobs that the change removes or moves are not kept in the bin, so that it cannot be undone.
    public var isForGood = false

    /// Texts are made one line of at most 200 characters.
    public init(by who: String, _ action: String, _ target: String, why: String = "", undoes: String? = nil) {
        self.who = PlainText.line(who, limit: 200)
        self.action = action
        self.target = PlainText.line(target, limit: 200)
        self.why = PlainText.line(why, limit: 200)
        self.undoes = undoes
    }
}

extension OperatorNote {
    /// The begin of the entry that operation.lua completes: one JSON object.
    /// - Parameter now: unix milliseconds.
    func entry(_ id: String, at now: Int64) throws -> String {
        try CompactJSON.text(
            Begun(at: now, id: id, who: who, action: action, target: target, why: why, undoes: undoes))
    }

    private struct Begun: Encodable {
        let at: Int64
        let id, who, action, target, why: String
        let undoes: String?
    }
}
