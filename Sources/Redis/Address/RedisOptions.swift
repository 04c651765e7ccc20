/// Limits and waits of a connection. All have defaults that suit a worker on the same network.
public struct RedisOptions: Sendable {
    /// Shown by CLIENT LIST. Letters, digits and punctuation; no spaces.
    public var clientName = "flotilla"
    /// For the socket and for the greeting (AUTH, SELECT) each.
    public var connectTimeout: Duration = .seconds(3)
    /// From the moment a command is handed to the socket until its whole reply is here. The connection is closed after
    /// it. Half a lease, so that a worker on a connection that has gone silent keeps its jobs.
    public var commandTimeout: Duration = .seconds(4)
    /// How long one command blocks in Redis: a longer wait is made of several, because on a connection that waits
    /// nothing else tells silence from patience. A subscription is asked as often whether it lives.
    public var longestBlock: Duration = .seconds(4)
    /// How long a caller waits for a connection while there is none; 0 fails at once.
    public var waitForConnection: Duration = .seconds(5)
    /// Pause before a second attempt to connect. Doubles with each failure, less up to half of it by chance.
    public var firstReconnectDelay: Duration = .milliseconds(20)
    /// The longest pause between two attempts.
    public var longestReconnectDelay: Duration = .seconds(2)
    /// Commands that may wait for replies on one connection, and callers that may wait for a connection.
    public var requestLimit = 10_000
    /// Bytes that may wait to be handed to the socket; also the most that one command may take.
    public var requestByteLimit = 64 << 20
    /// Bytes of one reply; up to 512 MiB.
    public var replyByteLimit = 64 << 20
    /// Messages that a subscription keeps for a slow reader; older ones are dropped.
    public var messageLimit = 1_000
    /// What the keys and channels that are used through this client begin with. The client itself adds nothing.
    public var namespace = RedisNamespace.standard

    /// The defaults above; change what differs.
    public init() {}
}
