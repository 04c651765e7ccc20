/// Who makes a change, to what, and why: what the operator log says of it. A broker that carries a note writes it in
/// the same script as the change.
public struct OperatorNote: Sendable, Equatable, Codable {
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What is done, such as `queue.pause`.
    public let action: String
    /// To what, such as the name of a queue or a job's id.
    public let target: String
    /// The operator's own words; empty when none were given.
    public let why: String

    /// Texts are made one line of at most 200 characters.
    public init(by who: String, _ action: String, _ target: String, why: String = "") {
        self.who = PlainText.line(who, limit: 200)
        self.action = action
        self.target = PlainText.line(target, limit: 200)
        self.why = PlainText.line(why, limit: 200)
    }
}

extension OperatorNote {
    /// The begin of the entry that operation.lua completes: one JSON object.
    /// - Parameter now: unix milliseconds.
    func entry(at now: Int64) throws -> String { try CompactJSON.text(Begun(at: now, note: self)) }

    private struct Begun: Encodable {
        let at: Int64
        let note: OperatorNote

        enum Keys: String, CodingKey { case at, who, action, target, why }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Keys.self)
            try fields.encode(at, forKey: .at)
            try fields.encode(note.who, forKey: .who)
            try fields.encode(note.action, forKey: .action)
            try fields.encode(note.target, forKey: .target)
            try fields.encode(note.why, forKey: .why)
        }
    }
}
