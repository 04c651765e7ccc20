/// One entry of the operator log.
public struct OperatorLogEntry: Sendable, Equatable, Codable {
    /// `op-…`; empty for one that an earlier version has written.
    public let id: String
    /// Unix milliseconds by the clock of Redis.
    public let at: Int64
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What was done, such as `queue.pause`, and to what. What takes a change back is called `undo queue.pause`.
    public let action, target: String
    /// The operator's own words; empty when none were given.
    public let why: String
    /// JSON text of what the script saw before the change and after it: a number, a text, a list, or `null`.
    public let before, after: String
    /// The entry that this change has taken back; nil for a change of its own.
    public let undoes: String?
    /// How many of the jobs that it removed or moved went into the bin, and how many did not; nil where it was no job.
    public let kept, lost: Int?
    /// The queue, limit, circuit or other subject whose log it is in.
    public internal(set) var subject = ""
    /// The newest entry that has taken this one back and was not undone itself; nil when the change stands.
    public internal(set) var undoneBy: String?

    enum CodingKeys: String, CodingKey { case id, at, who, action, target, why, before, after, undoes, kept, lost }

    /// An entry of another log, such as that of the ledger.
    public init(
        id: String, at: Int64, who: String, action: String, target: String, why: String, before: String,
        after: String, undoes: String? = nil, subject: String = "", undoneBy: String? = nil, kept: Int? = nil
    ) {
        self.id = id
        self.at = at
        self.who = who
        self.action = action
        self.target = target
        self.why = why
        self.before = before
        self.after = after
        self.undoes = undoes
        self.subject = subject
        self.undoneBy = undoneBy
        self.kept = kept
        lost = nil
    }

    /// Entries of earlier versions have no id.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = try fields.decodeIfPresent(String.self, forKey: .id) ?? ""
        at = try fields.decode(Int64.self, forKey: .at)
        who = try fields.decode(String.self, forKey: .who)
        action = try fields.decode(String.self, forKey: .action)
        target = try fields.decode(String.self, forKey: .target)
        why = try fields.decode(String.self, forKey: .why)
        before = try fields.decode(String.self, forKey: .before)
        after = try fields.decode(String.self, forKey: .after)
        undoes = try fields.decodeIfPresent(String.self, forKey: .undoes)
        kept = try fields.decodeIfPresent(Int.self, forKey: .kept)
        lost = try fields.decodeIfPresent(Int.self, forKey: .lost)
    }
}

extension [OperatorLogEntry] {
    /// The same entries of one subject, newest first, each with what has undone it.
    func withUndoers() -> [OperatorLogEntry] {
        var undoers: [String: String] = [:]
        return map { entry in
            var entry = entry
            entry.undoneBy = undoers[entry.id]
            if let undone = entry.undoes, entry.undoneBy == nil { undoers[undone] = undoers[undone] ?? entry.id }
            return entry
        }
    }
}
