import Redis

/// Who has sent a control request, as far as Redis knows: the messages of Celery's clients name no host.
///
/// Those whose last command was PUBLISH, within the last second, and who are not the fleet itself. Asked at once, that
/// is mostly the sender alone.
struct SenderTrace {
    let broker: RedisClient

    /// Addresses named at most; more tell nothing.
    private static let limit = 3

    /// Addresses without ports, such as `10.0.0.7` or `10.0.0.7 or 10.0.0.8`; nil where Redis does not tell, which may
    /// be for want of the right to CLIENT LIST.
    func hosts() async -> String? {
        guard let reply = try? await broker.send(["CLIENT", "LIST", "TYPE", "normal"]),
            let text = try? reply.shownText(of: "CLIENT LIST")
        else { return nil }
        return Self.hosts(in: text)
    }

    /// The same from the text that Redis answers: a line a client, `name=value` between blanks.
    static func hosts(in text: String) -> String? {
        var hosts: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            var fields: [Substring: Substring] = [:]
            for word in line.split(separator: " ") {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { fields[parts[0]] = parts[1] }
            }
            guard fields["cmd"] == "publish", let idle = fields["idle"].flatMap({ Int($0) }), idle <= 1,
                let address = fields["addr"], fields["name"]?.hasPrefix("flotilla") != true
            else { continue }
            let host = address.lastIndex(of: ":").map { String(address[..<$0]) } ?? String(address)
            if !hosts.contains(host) { hosts.append(host) }
        }
        return (1...limit).contains(hosts.count) ? hosts.joined(separator: " or ") : nil
    }
}
