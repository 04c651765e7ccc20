/// A change of many jobs that goes in steps: what it does, and how far it is.
public struct BulkRun: Sendable, Equatable {
    /// How it stands.
    public enum State: String, Sendable {
        /// Its process carries out its steps.
        case running
        /// All of its steps are carried out.
        case done
        /// An operator has ended it before its end.
        case aborted
        /// The process that ran it has not been heard of for longer than a step may take, or has said that it failed.
        case stopped
    }

    /// `bulk-…`.
    public let id: String
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What is done, such as `dead.discard`, and to what.
    public let action, target: String
    /// Jobs that were chosen, that are changed, and that could not be.
    public let total, done, failed: Int
    /// As its process wrote it last, or `stopped` where that is too long ago.
    public let state: State
    /// Unix milliseconds by the clock of Redis: when it began, and when its process was heard of last.
    public let begun, seen: Int64
    /// Who has asked it to end; nil when nobody has.
    public let abortedBy: String?

    /// A step may take so long.
    static let silenceMilliseconds: Int64 = 15_000

    /// - Returns: nil for a hash that is none.
    init?(id: String, _ fields: [String: String], now: Int64) {
        guard let state = fields["state"].flatMap(State.init(rawValue:)),
            let seen = fields["seen"].flatMap({ Int64($0) })
        else { return nil }
        self.id = id
        who = fields["who"] ?? ""
        action = fields["action"] ?? ""
        target = fields["target"] ?? ""
        total = fields["total"].flatMap { Int($0) } ?? 0
        done = fields["done"].flatMap { Int($0) } ?? 0
        failed = fields["failed"].flatMap { Int($0) } ?? 0
        self.state = state == .running && now - seen > Self.silenceMilliseconds ? .stopped : state
        begun = fields["begun"].flatMap { Int64($0) } ?? seen
        self.seen = seen
        abortedBy = fields["aborted_by"]
    }
}
