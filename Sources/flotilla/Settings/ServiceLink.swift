import Foundation

/// The variables that Kubernetes sets in every container for each Service of its namespace, called service links:
/// for a Service `flotilla-api`, `FLOTILLA_API_SERVICE_HOST`, `FLOTILLA_API_PORT_8000_TCP_ADDR` and more.
enum ServiceLink {
    /// Whether both the name and the value are of that kind: a mistyped setting that only looks alike is none.
    static func isOne(_ name: String, _ value: String) -> Bool {
        guard let match = name.wholeMatch(of: /[A-Z0-9_]+?_(SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT.*)/) else {
            return false
        }
        let kind = match.1
        if kind == "SERVICE_HOST" { return isHost(value) }
        if kind.hasPrefix("SERVICE_PORT") { return isPort(value) }
        if kind == "PORT" { return isAddress(value) }
        guard let part = kind.wholeMatch(of: /PORT_([0-9]+)_(?:TCP|UDP|SCTP)(?:_(PROTO|PORT|ADDR))?/), isPort(part.1)
        else { return false }
        switch part.2 {
        case "PROTO": return protocols.contains(value)
        case "PORT": return isPort(value)
        case "ADDR": return isHost(value)
        default: return isAddress(value)
        }
    }

    /// `tcp://10.0.0.1:8000`, `udp://[fd00::1]:53`.
    static func isAddress(_ value: String) -> Bool {
        let form = /([a-z]+):\/\/(?:\[([^\]]+)\]|([^\[\]:]+)):([0-9]+)/
        guard let match = value.wholeMatch(of: form) else { return false }
        return protocols.contains(String(match.1)) && isPort(match.4) && isHost(String(match.2 ?? match.3 ?? ""))
    }

    private static let protocols: Set<String> = ["tcp", "udp", "sctp"]

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) } && Int(text).map { (1...65_535).contains($0) } ?? false
    }

    /// An IP address: Kubernetes gives no names.
    private static func isHost(_ text: String) -> Bool {
        var buffer = in6_addr()
        return inet_pton(AF_INET, text, &buffer) == 1 || inet_pton(AF_INET6, text, &buffer) == 1
    }
}
