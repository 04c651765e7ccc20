/// What keeps jobs of one kind from running for a while: they are parked when they are fetched, and spend no attempt.
public struct Fuse: Sendable, Equatable {
    /// 1 to 32 letters and digits.
    public let id: String
    /// The kind of the jobs.
    public let kind: JobKind
    /// Arguments that the jobs have, each with its value as text; empty for all jobs of the kind.
    public let match: [String: String]
    /// Since when, unix milliseconds.
    public let since: Int64
    /// When it ends by itself, unix milliseconds.
    public internal(set) var until: Int64
    /// `user@host`, or the name of an API token.
    public let who: String
    /// The operator's own words.
    public let reason: String

    /// By whom and why, without a full stop.
    public var sentence: String { "by \(who)" + (reason.isEmpty ? "" : ": \(reason)") }

    /// As add_fuse.lua stores it.
    struct Stored: Codable {
        let kind: String
        let match: [String: String]?
        let since: Int64
        let who: String
        let reason: String
    }

    var stored: Stored {
        Stored(
            kind: kind.description, match: match.isEmpty ? nil : match, since: since, who: who, reason: reason)
    }

    init(
        id: String, kind: JobKind, match: [String: String], since: Int64, until: Int64, who: String, reason: String
    ) {
        self.id = id
        self.kind = kind
        self.match = match
        self.since = since
        self.until = until
        self.who = who
        self.reason = reason
    }

    /// Nil for what add_fuse.lua does not store.
    init?(id: String, json: String, until: Int64) {
        guard let stored = CompactJSON.value(of: Stored.self, in: json), let kind = try? JobKind(stored.kind) else {
            return nil
        }
        self.init(
            id: id, kind: kind, match: stored.match ?? [:], since: stored.since, until: until, who: stored.who,
            reason: stored.reason)
    }
}
