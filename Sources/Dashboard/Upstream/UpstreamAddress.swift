import Foundation

/// The old backend: `http://HOST:PORT`, with a path before the API's own if there is one.
public struct UpstreamAddress: Sendable, Equatable, CustomStringConvertible {
    let host: String
    let port: Int
    let prefix: String

    /// - Parameter text: an `http` URL without user, query and fragment; nil for anything else. The old backend has no
    ///   TLS, and stands on this host or network.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "http", let host = parts.host,
            !host.isEmpty, parts.user == nil, parts.query == nil, parts.fragment == nil
        else { return nil }
        self.host = host
        port = parts.port ?? 80
        prefix = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
    }

    /// As it was given, without a slash at its end.
    public var description: String { "http://\(host):\(port)\(prefix)" }
}
