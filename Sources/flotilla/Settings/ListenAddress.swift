import Documents

/// Where the HTTP API listens: `HOST:PORT`.
struct ListenAddress: Equatable, CustomStringConvertible {
    static let usual = "127.0.0.1:8000"

    let host: String
    /// 0 for one that is free.
    let port: Int

    /// - Parameter text: `HOST:PORT`, `[IPV6]:PORT` or a port alone; `off` and nothing give nil.
    /// - Throws: `CommandFailure` with status `usage`.
    init?(_ text: String) throws {
        guard !text.isEmpty, text != "off" else { return nil }
        let colon = text.lastIndex(of: ":")
        let host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        let digits = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard let port = Int(digits), (0...65_535).contains(port), !host.isEmpty, !host.contains(where: \.isWhitespace)
        else {
            throw CommandFailure(
                .usage, "'\(Shown.line(text))' is no address to listen on. Write it like \(Self.usual), or off.")
        }
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
