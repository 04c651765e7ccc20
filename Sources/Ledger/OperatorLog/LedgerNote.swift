/// Who changes something in the ledger: what the operator log says of it, in the same transaction.
public struct LedgerNote: Sendable {
    /// The operation's id, which no other has.
    public let id: String
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What is done, such as `bot.stop`.
    public let action: String
    /// The operator's own words; empty when none were given.
    public let why: String
    /// A bot as JSON text for people.
    let describe: @Sendable (KeptBot) -> String

    /// - Parameter describe: a bot as JSON text for people.
    public init(
        id: String, by who: String, _ action: String, why: String = "",
        describing describe: @escaping @Sendable (KeptBot) -> String = { _ in "null" }
    ) {
        self.id = id
        self.who = who
        self.action = action
        self.why = why
        self.describe = describe
    }
}
