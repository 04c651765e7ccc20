/// Where a Redis server listens, who we say we are, and which database we use.
///
/// Read from `redis://[user:password@]host[:port][/db]` or `unix:///path[?db=0&user=name&password=secret]`. User name
/// and password are percent-decoded. Every text made from an address hides the password.
public struct RedisAddress: Sendable, Equatable {
    /// A TCP address or a socket file.
    public enum Endpoint: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unixSocket(path: String)
    }

    public let endpoint: Endpoint
    /// ACL user; `nil` means Redis's `default` user.
    public let user: String?
    public let password: String?
    /// Number of the database that SELECT is given, from 0.
    public let database: Int

    public init(endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads a URL in one of the two forms above. The port is 6379 and the database 0 where none is given.
    /// - Throws: `RedisError.badAddress` with what would be right, or `.unsupportedScheme` for TLS, Sentinel and
    ///   Cluster.
    public init(_ url: String) throws(RedisError) {
        guard let mark = url.firstRange(of: "://") else {
            throw .badAddress(masked(url), problem: "it has no scheme; \(Self.example)")
        }
        let rest = url[mark.upperBound...]
        switch url[..<mark.lowerBound].lowercased() {
        case "redis": self = try Self.tcp(rest, of: url)
        case "unix", "redis+unix", "redis+socket": self = try Self.unixSocket(rest, of: url)
        case "rediss":
            throw .unsupportedScheme(
                "rediss", instead: "TLS; put a TLS tunnel on this host and use redis://127.0.0.1:PORT/0")
        case "redis+sentinel", "sentinel":
            throw .unsupportedScheme(
                "redis+sentinel", instead: "Sentinel; use the primary's own address, redis://HOST:6379/0")
        case "redis+cluster", "rediss+cluster":
            throw .unsupportedScheme(
                "redis+cluster", instead: "Redis Cluster; use a server without cluster mode, redis://HOST:6379/0")
        default: throw .badAddress(masked(url), problem: "its scheme is unknown; \(Self.example)")
        }
    }

    /// The host and port, or the path of the socket file: what an error names. Never holds a user name or password.
    public var location: String {
        switch endpoint {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): path
        }
    }

    private static let example = "write redis://HOST:6379/0 or unix:///PATH?db=0"

    private static func tcp(_ rest: Substring, of url: String) throws(RedisError) -> RedisAddress {
        // The last "@" ends the credentials, so that a password may hold "@", "/" or "?" unescaped.
        let at = rest.lastIndex(of: "@")
        let (user, password) = try credentials(at.map { rest[..<$0] }, of: url)
        let place = at.map { rest[rest.index(after: $0)...] } ?? rest
        if place.contains("?") {
            throw .badAddress(
                masked(url), problem: "it has options after '?'; only redis://[user:password@]host:port/db is read")
        }
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        let (host, port) = try hostAndPort(place[..<slash], of: url)
        return RedisAddress(
            endpoint: .tcp(host: host, port: port), user: user, password: password,
            database: try database(place[slash...].dropFirst(), of: url))
    }

    private static func unixSocket(_ rest: Substring, of url: String) throws(RedisError) -> RedisAddress {
        let mark = rest.firstIndex(of: "?") ?? rest.endIndex
        guard rest.hasPrefix("/"), let path = percentDecoded(rest[..<mark]), path.count > 1 else {
            throw .badAddress(
                masked(url), problem: "the path of the socket file must be absolute, as in unix:///run/redis.sock")
        }
        guard path.utf8.count < 108 else {
            throw .badAddress(masked(url), problem: "the path of a socket file may have at most 107 bytes")
        }
        var user: String?, password: String?, number = 0
        for option in rest[mark...].dropFirst().split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let text = parts.count == 2 ? percentDecoded(parts[1]) : nil
            switch (parts[0], text) {
            case ("db", let text?): number = try database(text[...], of: url)
            case ("user", let text?): user = text
            case ("password", let text?): password = text
            default:
                throw .badAddress(
                    masked(url), problem: "it may only have the options db, user and password, each with a value")
            }
        }
        return RedisAddress(endpoint: .unixSocket(path: path), user: user, password: password, database: number)
    }

    private static func credentials(
        _ text: Substring?, of url: String
    ) throws(RedisError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let decoded = parts.map(percentDecoded)
        guard decoded.count == 2, let user = decoded[0], let password = decoded[1] else {
            throw .badAddress(
                masked(url), problem: "before '@' it must have user:password or :password, with '%' written as %25")
        }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func hostAndPort(_ text: Substring, of url: String) throws(RedisError) -> (String, Int) {
        var host = text
        var port: Substring = "6379"
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            if !after.isEmpty { port = after.hasPrefix(":") ? after.dropFirst() : "" }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .badAddress(masked(url), problem: "it has no host; \(example)") }
        guard port.allSatisfy(\.isASCII), let number = Int(port), (1...65535).contains(number) else {
            throw .badAddress(masked(url), problem: "its port must be a number from 1 to 65535")
        }
        return (String(host), number)
    }

    private static func database(_ text: Substring, of url: String) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), (0...65535).contains(number) else {
            throw .badAddress(masked(url), problem: "its database must be a number from 0, as in redis://HOST:6379/0")
        }
        return number
    }
}

extension RedisAddress: CustomStringConvertible, CustomDebugStringConvertible {
    /// The address as a URL, with `***` for the password.
    public var description: String {
        let secret = password == nil ? nil : "***"
        switch endpoint {
        case .tcp:
            let credentials = user == nil && secret == nil ? "" : "\(user ?? "")\(secret.map { ":" + $0 } ?? "")@"
            return "redis://\(credentials)\(location)/\(database)"
        case .unixSocket(let path):
            return "unix://\(path)?db=\(database)" + (user.map { "&user=" + $0 } ?? "")
                + (secret.map { "&password=" + $0 } ?? "")
        }
    }

    public var debugDescription: String { description }
}

/// The text without %XX escapes; `nil` when an escape is broken or the bytes are not UTF-8.
private func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// An unreadable URL as it may be shown. Hides more than the password when it cannot tell where that begins and ends.
private func masked(_ url: String) -> String {
    let scheme = url.firstRange(of: "://").map { String(url[..<$0.upperBound]) } ?? ""
    var rest = url.dropFirst(scheme.count)
    var shown = scheme
    if let at = rest.lastIndex(of: "@") {
        shown += "***@"
        rest = rest[rest.index(after: at)...]
    } else if let colon = rest.firstIndex(of: ":"), !rest.hasPrefix("[") {
        // Perhaps a password whose "@host" was forgotten: digits alone are a port.
        let after = rest[rest.index(after: colon)...]
        let port = after.prefix { $0 != "/" && $0 != "?" }
        if !port.allSatisfy(\.isNumber) { return shown + rest[...colon] + "***" }
    }
    if let option = rest.firstRange(of: "password=") { return shown + rest[..<option.upperBound] + "***" }
    return shown + rest
}
