/// Where a Redis server listens, who we say we are, and which database we use.
///
/// Every text made from an address hides the passwords. `RedisAddress+URL.swift` has the URLs it is read from.
public struct RedisAddress: Sendable, Equatable {
    /// A TCP address, a socket file, or sentinels that know the TCP address.
    public enum Endpoint: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unixSocket(path: String)
        /// Whichever server these sentinels name as the primary of the group called `primary`.
        case sentinels([Host], primary: String)
    }

    /// One TCP address.
    public struct Host: Sendable, Equatable, CustomStringConvertible {
        /// A host name or an IP address, without brackets.
        public let name: String
        /// 1 to 65,535 where it was read from a URL.
        public let port: Int

        /// Checks nothing; `RedisAddress(_:)` does for a URL.
        public init(name: String, port: Int) {
            self.name = name
            self.port = port
        }

        /// `host:port`, with brackets around an IPv6 address.
        public var description: String { name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)" }
    }

    /// Where to connect to; the other properties give user, database and encryption.
    public let endpoint: Endpoint
    /// ACL user; `nil` means Redis's `default` user.
    public let user: String?
    /// For the server, not for sentinels; no text that is made from an address holds it.
    public let password: String?
    /// Number of the database that SELECT is given, from 0.
    public let database: Int
    /// How the connection is encrypted; `nil` means not at all.
    public let tls: RedisTLS?
    /// What the sentinels themselves demand; `password` is for the servers.
    public let sentinelPassword: String?

    /// Checks nothing and connects to nothing. The defaults are an open connection as the `default` user to database 0.
    public init(
        endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0, tls: RedisTLS? = nil,
        sentinelPassword: String? = nil
    ) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.sentinelPassword = sentinelPassword
    }

    /// The host and port, the path of the socket file, or the group's name and its sentinels: what an error names.
    /// Never holds a user name or password.
    public var location: String {
        switch endpoint {
        case .tcp(let host, let port): Host(name: host, port: port).description
        case .unixSocket(let path): path
        case .sentinels(let hosts, let primary): "'\(primary)' (sentinels \(Self.list(hosts)))"
        }
    }

    /// `h1:p,h2:p`, as in a URL.
    static func list(_ hosts: [Host]) -> String { hosts.map(\.description).joined(separator: ",") }
}

extension RedisAddress: CustomStringConvertible, CustomDebugStringConvertible {
    /// The address as a URL, with `***` for each password.
    public var description: String { url(password: password == nil ? nil : "***") }

    /// The same as `description`, so that no debugger or log shows a password.
    public var debugDescription: String { description }

    /// The URL that would say the same with this password.
    func url(password: String?) -> String {
        let credentials = user == nil && password == nil ? "" : "\(user ?? "")\(password.map { ":" + $0 } ?? "")@"
        switch endpoint {
        case .tcp:
            return "redis\(tls == nil ? "" : "s")://\(credentials)\(location)/\(database)\(tls?.query ?? "")"
        case .unixSocket(let path):
            return "unix://\(path)?db=\(database)" + (user.map { "&user=" + $0 } ?? "")
                + (password.map { "&password=" + $0 } ?? "")
        case .sentinels(let hosts, let primary):
            return "redis+sentinel://\(credentials)\(Self.list(hosts))/\(primary)/\(database)"
                + (sentinelPassword == nil ? "" : "?sentinel_password=***")
        }
    }
}
