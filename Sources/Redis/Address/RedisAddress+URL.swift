extension RedisAddress {
    /// Reads a URL in one of these forms. The port is 6379 and the database 0 where none is given.
    ///
    ///     redis://[user:password@]host[:port][/db]
    ///     rediss://[user:password@]host[:port][/db][?ca=FILE&cert=FILE&key=FILE&servername=NAME]
    ///     redis+sentinel://[user:password@]h1[:port],h2[:port]/primary[/db][?sentinel_password=secret]
    ///     unix:///path[?db=0&user=name&password=secret]
    ///
    /// `ca` lists the authorities to trust instead of the system's, `cert` and `key` are what we show the server, all
    /// in PEM; `servername` is the name in the server's certificate where it is not the host. A sentinel's port is
    /// 26379 where none is given. User name, password and options are percent-decoded. Opens no file.
    /// - Throws: `RedisError.badAddress` with what would be right, or `.unsupportedScheme` for Cluster.
    public init(_ url: String) throws(RedisError) {
        guard let mark = url.firstRange(of: "://") else {
            throw .badAddress(masked(url), problem: "it has no scheme; \(Self.example)")
        }
        let rest = url[mark.upperBound...]
        switch url[..<mark.lowerBound].lowercased() {
        case "redis": self = try Self.tcp(rest, of: url)
        case "rediss": self = try Self.tls(rest, of: url)
        case "redis+sentinel", "sentinel": self = try Self.sentinels(rest, of: url)
        case "unix", "redis+unix", "redis+socket": self = try Self.unixSocket(rest, of: url)
        case "rediss+sentinel":
            throw .unsupportedScheme(
                "rediss+sentinel", instead: "TLS to sentinels; use redis+sentinel:// on a private network")
        case "redis+cluster", "rediss+cluster":
            throw .unsupportedScheme(
                "redis+cluster", instead: "Redis Cluster; use a server without cluster mode, redis://HOST:6379/0")
        default: throw .badAddress(masked(url), problem: "its scheme is unknown; \(Self.example)")
        }
    }

    private static let example = "write redis://HOST:6379/0 or unix:///PATH?db=0"

    private static func tcp(_ rest: Substring, of url: String) throws(RedisError) -> RedisAddress {
        let (user, password, place) = try credentials(rest, of: url)
        if place.contains("?") {
            throw .badAddress(
                masked(url), problem: "it has options after '?'; only redis://[user:password@]host:port/db is read")
        }
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        let host = try host(place[..<slash], port: 6379, of: url)
        return RedisAddress(
            endpoint: .tcp(host: host.name, port: host.port), user: user, password: password,
            database: try database(place[slash...].dropFirst(), of: url))
    }

    private static func tls(_ rest: Substring, of url: String) throws(RedisError) -> RedisAddress {
        let (user, password, place) = try credentials(rest, of: url)
        let mark = place.firstIndex(of: "?") ?? place.endIndex
        let options = try options(place[mark...], known: ["ca", "cert", "key", "servername"], of: url)
        guard (options["cert"] == nil) == (options["key"] == nil) else {
            throw .badAddress(masked(url), problem: "its options cert and key need each other")
        }
        let slash = place[..<mark].firstIndex(of: "/") ?? mark
        let host = try host(place[..<slash], port: 6379, of: url)
        return RedisAddress(
            endpoint: .tcp(host: host.name, port: host.port), user: user, password: password,
            database: try database(place[slash..<mark].dropFirst(), of: url),
            tls: RedisTLS(
                authorities: options["ca"], certificate: options["cert"], key: options["key"],
                serverName: options["servername"]))
    }

    private static func sentinels(_ rest: Substring, of url: String) throws(RedisError) -> RedisAddress {
        let (user, password, place) = try credentials(rest, of: url)
        let mark = place.firstIndex(of: "?") ?? place.endIndex
        let options = try options(place[mark...], known: ["sentinel_password"], of: url)
        let parts = place[..<mark].split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let primary = percentDecoded(parts[1]), !primary.isEmpty else {
            throw .badAddress(
                masked(url),
                problem: "it lacks the primary's name, as in redis+sentinel://HOST1:26379,HOST2:26379/mymaster/0")
        }
        var hosts: [Host] = []
        for text in parts[0].split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(try host(text, port: 26379, of: url))
        }
        return RedisAddress(
            endpoint: .sentinels(hosts, primary: primary), user: user, password: password,
            database: parts.count == 3 ? try database(parts[2], of: url) : 0,
            sentinelPassword: options["sentinel_password"])
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
        let options = try options(rest[mark...], known: ["db", "user", "password"], of: url)
        return RedisAddress(
            endpoint: .unixSocket(path: path), user: options["user"], password: options["password"],
            database: try options["db"].map { text throws(RedisError) in try database(text[...], of: url) } ?? 0)
    }

    /// `?name=value&…`, each decoded.
    private static func options(
        _ text: Substring, known: [String], of url: String
    ) throws(RedisError) -> [String: String] {
        var options: [String: String] = [:]
        for option in text.dropFirst().split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard known.contains(name), parts.count == 2, let value = percentDecoded(parts[1]), !value.isEmpty else {
                let list = known.count == 1 ? "option " + known[0] : "options " + known.joined(separator: ", ")
                throw .badAddress(masked(url), problem: "it may only have the \(list), with a value")
            }
            options[name] = value
        }
        return options
    }

    /// The last "@" ends the credentials, so that a password may hold "@", "/" or "?" unescaped.
    private static func credentials(
        _ rest: Substring, of url: String
    ) throws(RedisError) -> (user: String?, password: String?, place: Substring) {
        guard let at = rest.lastIndex(of: "@") else { return (nil, nil, rest) }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let decoded = parts.map(percentDecoded)
        guard decoded.count == 2, let user = decoded[0], let password = decoded[1] else {
            throw .badAddress(
                masked(url), problem: "before '@' it must have user:password or :password, with '%' written as %25")
        }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password, rest[rest.index(after: at)...])
    }

    private static func host(_ text: Substring, port standard: Int, of url: String) throws(RedisError) -> Host {
        var host = text
        var port = Substring("\(standard)")
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
        return Host(name: String(host), port: number)
    }

    private static func database(_ text: Substring, of url: String) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), (0...65535).contains(number) else {
            throw .badAddress(masked(url), problem: "its database must be a number from 0, as in redis://HOST:6379/0")
        }
        return number
    }
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
