/// Everything that can go wrong between us and Redis. `description` is one or two sentences: where, what, and what to
/// do.
public enum RedisError: Error, Equatable, Sendable {
    /// The URL cannot be read. The text has its password hidden.
    case badAddress(String, problem: String)
    /// A kind of URL that is known but not spoken here; `instead` names it and what to use.
    case unsupportedScheme(String, instead: String)
    /// No connection could be made within the time allowed. Nothing was sent.
    case unreachable(RedisAddress, reason: String)
    /// No encrypted connection could be made, and `problem` says what to change. Nothing was sent.
    case tlsFailed(RedisAddress, problem: String)
    /// Something listens, and closed the connection or said nothing before the first reply; `problem` says which, and
    /// what may be the cause. Nothing was sent but the handshake.
    case handshakeFailed(RedisAddress, problem: String)
    /// `maxclients` is reached: the server closes each new connection. Nothing was sent.
    case tooManyClients(RedisAddress?)
    /// The sentinels led to no primary. Nothing was sent.
    case noPrimary(RedisAddress, SentinelProblem)
    /// The socket died. `mayHaveRun` is false only when no byte of the command was handed to the socket.
    case connectionLost(RedisAddress, mayHaveRun: Bool)
    /// No reply in time. The connection was closed because later replies could no longer be told apart.
    case timedOut(RedisAddress, after: Duration)
    /// The limit of requests that wait for a reply on one connection is reached. Nothing was sent.
    case tooManyRequests(limit: Int)
    /// One command, or what waits to be written, would take more bytes than the limit. Nothing was sent.
    case requestTooLarge(limit: Int)
    /// `close()` had been called before the command was written.
    case closed
    /// The task was cancelled while it waited for a connection or in a blocking read.
    case cancelled
    /// A second blocking read was started while one was waiting.
    case readInProgress
    /// WRONGPASS, or an AUTH that was refused otherwise.
    case wrongPassword(RedisAddress?)
    /// NOAUTH: the server wants a password and we have none.
    case passwordRequired(RedisAddress?)
    /// NOPERM: the ACL user may not run this.
    case noPermission(RedisAddress?, message: String)
    /// LOADING: the server still reads its data from disk.
    case loading(RedisAddress?)
    /// MASTERDOWN: the server is a replica without its primary, and tells nothing that may be old.
    case primaryDown(RedisAddress?)
    /// READONLY: the server is a replica.
    case readOnly(RedisAddress?)
    /// OOM: maxmemory is reached and nothing may be evicted.
    case outOfMemory(RedisAddress?)
    /// MISCONF: the server cannot write to its disk and refuses writes.
    case notPersisting(RedisAddress?)
    /// BUSY: a script has run for longer than the server allows.
    case scriptBusy(RedisAddress?)
    /// Any other error reply, as the server worded it.
    case server(String, at: RedisAddress?)
    /// A reply of another shape than the caller can use.
    case unexpectedReply(command: String, expected: String, got: String)
    /// Bytes that are not RESP: probably no Redis listens there.
    case protocolViolation(RedisAddress, detail: String)
    /// One reply had more bytes than `RedisOptions.replyByteLimit`.
    case replyTooLarge(RedisAddress, limit: Int)

    /// True when the server may have carried out the command although it failed for us: look before sending it again.
    public var mayHaveRun: Bool {
        switch self {
        case .connectionLost(_, let mayHaveRun): mayHaveRun
        case .timedOut, .unexpectedReply, .protocolViolation, .replyTooLarge: true
        // A script may have written before one of its commands was refused.
        case .server, .outOfMemory, .readOnly, .noPermission, .notPersisting: true
        case .cancelled: true
        case .badAddress, .unsupportedScheme, .unreachable, .tlsFailed, .handshakeFailed, .tooManyClients, .noPrimary,
            .tooManyRequests, .requestTooLarge, .closed, .readInProgress, .wrongPassword, .passwordRequired, .loading,
            .primaryDown, .scriptBusy:
            false
        }
    }

    /// The error that stands for an error reply, e.g. `WRONGPASS invalid username-password pair`.
    /// - Parameter address: the server that answered; `nil` when a reply is decoded far from its connection.
    public init(reply: String, at address: RedisAddress?) {
        let reply = Self.unwrapped(reply)
        switch reply.prefix(while: { $0 != " " }) {
        case "WRONGPASS": self = .wrongPassword(address)
        case "NOAUTH": self = .passwordRequired(address)
        case "NOPERM": self = .noPermission(address, message: reply)
        case "LOADING": self = .loading(address)
        case "MASTERDOWN": self = .primaryDown(address)
        case "READONLY": self = .readOnly(address)
        case "OOM": self = .outOfMemory(address)
        case "MISCONF": self = .notPersisting(address)
        case "BUSY": self = .scriptBusy(address)
        case "ERR" where reply.hasPrefix("ERR max number of clients"): self = .tooManyClients(address)
        default: self = .server(reply, at: address)
        }
    }

    /// What a script's command was told, which Redis 6 wraps:
    /// `ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -MISCONF Errors writing …`.
    private static func unwrapped(_ reply: String) -> String {
        guard reply.hasPrefix("ERR Error running script"), let mark = reply.firstRange(of: ": -") else { return reply }
        let inner = reply[mark.upperBound...]
        return inner.first?.isUppercase == true ? String(inner) : reply
    }

    /// True for an error reply that only a server gives which is no primary, or no longer: another connection may lead
    /// to the primary by now.
    static func tellsOfReplica(_ reply: String) -> Bool {
        reply.hasPrefix("READONLY") || reply.hasPrefix("MASTERDOWN")
            // To those who block while their server becomes a replica.
            || reply.hasPrefix("UNBLOCKED") && reply.contains("instance state changed")
            // Redis 6 wraps what a script's command was told.
            || reply.hasPrefix("ERR Error running script") && reply.contains("-READONLY")
    }

    /// True when trying the same connection again cannot help until an operator changes a setting.
    var isRefusal: Bool {
        switch self {
        case .wrongPassword, .passwordRequired, .noPermission, .server, .protocolViolation, .tlsFailed: true
        case .noPrimary(_, let problem): problem == .unknownName
        case .badAddress, .unsupportedScheme, .unreachable, .handshakeFailed, .tooManyClients, .connectionLost,
            .timedOut, .tooManyRequests, .requestTooLarge, .closed, .cancelled, .readInProgress, .loading, .primaryDown,
            .readOnly, .outOfMemory, .notPersisting, .scriptBusy, .unexpectedReply, .replyTooLarge:
            false
        }
    }
}

extension RedisError {
    /// Whether the server may yet come: it is not there, is starting, has no room, or does not answer. A wrong
    /// password, address or protocol stays wrong.
    public var mayPass: Bool {
        switch self {
        case .unreachable(_, let reason): !reason.hasPrefix(ConnectFailure.unknownName)
        case .noPrimary(_, let problem): problem != .unknownName
        case .connectionLost, .timedOut, .handshakeFailed, .tooManyClients, .loading, .primaryDown, .scriptBusy,
            .notPersisting:
            true
        default: false
        }
    }
}

extension RedisError {
    /// Whether a reason of `unreachable` says that the socket file is there and may not be opened.
    public static func isForbidden(_ reason: String) -> Bool { reason == ConnectFailure.forbidden }

    /// What to do about a server that cannot be reached.
    private static func remedy(_ address: RedisAddress, _ reason: String) -> String {
        if isForbidden(reason) {
            return "Run this as the user that owns the socket file, or let this user read and write it and enter its "
                + "folder."
        }
        if reason.hasPrefix(ConnectFailure.unknownName) { return "Correct the host in REDIS_URL." }
        // A plain port takes the start of TLS for an unfinished command, and waits for the rest of it.
        if address.tls != nil, reason.hasPrefix("no connection within") {
            return "Perhaps it wants redis:// without TLS: look at its tls-port, and at REDIS_URL."
        }
        return "Start redis-server there, or set REDIS_URL."
    }

    /// What to do about an error reply that is told as the server worded it; nil where its words are all there is.
    private static func remedy(_ message: String) -> String? {
        if message.hasPrefix("ERR DB index") || message.hasPrefix("ERR invalid DB index") {
            return "Name a lower number of a database in REDIS_URL, or raise 'databases' in redis.conf."
        }
        if message.hasPrefix("ERR SELECT is not allowed") {
            return "This server is a cluster, which has database 0 alone and is not spoken here: name another server."
        }
        if message.hasPrefix("ERR unknown command") {
            return "Install Redis 6.2 or newer, and rename none of its commands."
        }
        if message.hasPrefix("MOVED ") || message.hasPrefix("CLUSTERDOWN") || message.hasPrefix("CROSSSLOT") {
            return "This server is a cluster, which is not spoken here: name a server without cluster mode."
        }
        if message.hasPrefix("WRONGTYPE") {
            return "Another program uses this key: give the fleet a database or a namespace of its own."
        }
        return nil
    }
}

extension RedisError: CustomStringConvertible {
    /// Never holds a password; names the server by host and port, socket file or sentinels.
    public var description: String {
        switch self {
        case .badAddress(let text, let problem): "'\(text)' is not a Redis URL: \(problem)."
        case .unsupportedScheme(let scheme, let instead):
            "\(scheme):// is not spoken by this version, which has no \(instead)."
        case .unreachable(let address, let reason):
            "Redis at \(address.location) cannot be reached: \(reason). \(Self.remedy(address, reason))"
        case .tlsFailed(let address, let problem):
            "Redis at \(address.location) cannot be reached over TLS: \(problem)."
        case .handshakeFailed(let address, let problem): "Redis at \(address.location) \(problem)."
        case .noPrimary(let address, let problem): problem.sentence(at: address)
        case .connectionLost(let address, mayHaveRun: true):
            "The connection to Redis at \(address.location) was lost before the reply; the command may have run."
        case .connectionLost(let address, mayHaveRun: false):
            "The connection to Redis at \(address.location) was lost before the command was sent."
        case .timedOut(let address, let limit):
            """
            Redis at \(address.location) did not reply within \(limit); the command may have run. Look at its SLOWLOG.
            """
        case .tooManyRequests(let limit):
            "\(limit) requests already wait for Redis on this connection. Send fewer at once, or in smaller batches."
        case .requestTooLarge(let limit):
            "More than \(limit) bytes would wait to be sent to Redis. Send smaller values."
        case .closed: "The Redis client has been closed. Make a new one."
        case .cancelled: "The wait for Redis was cancelled."
        case .readInProgress: "This blocking reader already waits in another task. Use one reader for each task."
        case .unexpectedReply(let command, let expected, let got):
            "Redis answered \(command) with \(got); expected \(expected)."
        case .protocolViolation(let address, let detail):
            "What listens at \(address.location) does not speak Redis (\(detail)). Check host and port in REDIS_URL."
        case .replyTooLarge(let address, let limit):
            "Redis at \(address.location) sent a reply of more than \(limit) bytes. Ask for less at once."
        case .wrongPassword, .passwordRequired, .noPermission, .loading, .primaryDown, .readOnly, .outOfMemory,
            .notPersisting, .scriptBusy, .tooManyClients, .server:
            serverSentence
        }
    }

    private var serverSentence: String {
        switch self {
        case .wrongPassword(let address):
            "\(server(address)) refused the password. Set REDIS_URL to \(example(address))."
        case .passwordRequired(let address):
            "\(server(address)) requires a password. Set REDIS_URL to \(example(address))."
        case .noPermission(let address, let message):
            "\(server(address)) forbids this to our user (\(message)). Grant it with ACL SETUSER."
        case .loading(let address): "\(server(address)) is still loading its data. Try again shortly."
        case .primaryDown(let address):
            "\(server(address)) is a replica that has lost its primary. Start the primary, or set REDIS_URL to it."
        case .tooManyClients(let address):
            """
            \(server(address)) has as many clients as its maxclients allows. Close some (CLIENT LIST names them) or \
            raise maxclients.
            """
        case .readOnly(let address): "\(server(address)) is a read-only replica. Set REDIS_URL to the primary."
        case .outOfMemory(let address):
            "\(server(address)) has no memory left under its maxmemory. Raise maxmemory or delete data."
        case .notPersisting(let address):
            """
            \(server(address)) cannot write to its disk and takes no changes; reading goes on. Free disk space there, \
            or mend what its log names.
            """
        case .scriptBusy(let address):
            "\(server(address)) is busy with a slow script. Wait, or end the script with redis-cli SCRIPT KILL."
        case .server(let message, let address):
            "\(server(address)) answered with an error: \(message)" + (Self.remedy(message).map { ". " + $0 } ?? "")
        default: ""
        }
    }

    private func server(_ address: RedisAddress?) -> String { address.map { "Redis at \($0.location)" } ?? "Redis" }

    private func example(_ address: RedisAddress?) -> String {
        address?.url(password: "PASSWORD") ?? "redis://:PASSWORD@HOST:6379/0"
    }
}

extension SentinelProblem {
    fileprivate func sentence(at address: RedisAddress) -> String {
        guard case .sentinels(let hosts, let primary) = address.endpoint else { return "" }
        let all = RedisAddress.list(hosts)
        return switch self {
        case .noAnswer(let reasons):
            "No sentinel answers for '\(primary)' (\(reasons)). Start redis-sentinel there, or set REDIS_URL."
        case .unknownName:
            "The sentinels at \(all) know no primary called '\(primary)'. Correct the name in REDIS_URL."
        case .refused(let place, let reply):
            """
            The sentinel at \(place) does not tell the primary of '\(primary)': \(reply). Set sentinel_password= in \
            REDIS_URL.
            """
        case .primaryUnreachable(let place, let reason):
            """
            The sentinels name \(place) as primary of '\(primary)', which cannot be reached: \(reason). Wait for the \
            failover, or start it.
            """
        case .notPrimary(let place):
            "The sentinels name \(place) as primary of '\(primary)', which is still a replica. Wait for the failover."
        }
    }
}
