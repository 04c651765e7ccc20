/// Lists of another program whose messages become jobs of one queue; see take_messages.lua.
public struct MessageSource: Sendable, Equatable {
    /// Full names, with any prefix; the first list is emptied first. Messages leave each at its tail.
    public var lists: [String]
    /// The number of the database that holds them, of the queue's own server.
    public var database: Int
    /// The kind of messages that name none, or none that the taker knows.
    public var unnamedKind: JobKind

    /// Checks nothing.
    public init(lists: [String], database: Int, unnamedKind: JobKind) {
        self.lists = lists
        self.database = database
        self.unnamedKind = unnamedKind
    }

    /// Bytes of a message at most: a longer one is kept apart, and its job says so.
    public static let longestMessage = 33_554_432

    /// No further message is taken after so many bytes: each becomes an argument of one command in a script.
    static let mostBytes = 8_388_608
}
