/// One control request as it was published: a method, its arguments, whom it is for, and where the answer goes.
package struct ControlRequest: Sendable {
    /// Where an answer is awaited.
    struct ReplyAddress: Sendable, Equatable {
        /// Routing key, which also names the list.
        let routingKey: String
        /// Tells the client which of its requests is answered.
        let ticket: WireValue
    }

    let method: String
    let arguments: WireObject
    /// Node names; nil for everyone.
    let destination: [String]?
    let pattern: String?
    let matcher: String?
    let reply: ReplyAddress?
    /// The sender's logical clock.
    let clock: Int
    /// The host that the message names; nil where it names none.
    let host: String?
    /// The same at every node that receives the request; empty where the message has no such mark.
    let mark: String

    /// Bytes of a request at most: 50,000 ids fit.
    static let limit = 8 << 20

    /// - Throws: a sentence when the bytes are no control request; it is logged, and nobody is answered.
    init(_ bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.limit else {
            throw WireError("The control request has \(bytes.count) bytes; at most \(Self.limit) are read.")
        }
        guard let envelope = try WireValue.parse(bytes).object else {
            throw WireError("The control request is no JSON object. Send it with celery's app.control.")
        }
        let body = try Self.body(of: envelope)
        guard let method = body["method"]?.string else {
            throw WireError("The control request names no method. Send it with celery's app.control.")
        }
        self.method = method
        arguments = body["arguments"]?.object ?? WireObject()
        destination = Self.names(body["destination"])
        pattern = body["pattern"]?.string
        matcher = body["matcher"]?.string
        let headers = envelope["headers"]?.object
        clock = headers?["clock"]?.int ?? 0
        let properties = envelope["properties"]?.object
        host = Self.host(in: [headers, properties, body])
        mark = String((properties?["delivery_tag"]?.string ?? body["ticket"]?.string ?? "").prefix(100))
        reply = Self.reply(in: body)
    }

    private static func body(of envelope: WireObject) throws(WireError) -> WireObject {
        let type = envelope["content-type"]?.string ?? "application/json"
        guard type == "application/json" else {
            throw WireError("The control request has the content type \(type.prefix(100)); only JSON is read.")
        }
        guard let text = envelope["body"]?.string else {
            throw WireError("The control request has no body. Send it with celery's app.control.")
        }
        let isEncoded = envelope["properties"]?.object?["body_encoding"]?.string == "base64"
        let bytes = isEncoded ? try Base64.decode(text) : Array(text.utf8)
        guard let body = try WireValue.parse(bytes).object else {
            throw WireError("The body of the control request is no JSON object. Send it with celery's app.control.")
        }
        return body
    }

    /// nil for null and for an empty list, which Python takes for none.
    private static func names(_ value: WireValue?) -> [String]? {
        if let name = value?.string { return [name] }
        guard let list = value?.list, !list.isEmpty else { return nil }
        return list.compactMap(\.string)
    }

    private static func reply(in body: WireObject) -> ReplyAddress? {
        // Any other exchange would make this node push to lists, and give them an expiry, that a client chooses.
        guard let address = body["reply_to"]?.object, let key = address["routing_key"]?.string, !key.isEmpty,
            key.utf8.count <= 200, address["exchange"]?.string == BroadcastNames.replyExchange
        else { return nil }
        return ReplyAddress(routingKey: key, ticket: body["ticket"] ?? .null)
    }

    /// `origin` is `pid@host` with Celery's own clients.
    private static func host(in places: [WireObject?]) -> String? {
        for place in places {
            for name in ["origin", "hostname", "from_node"] {
                guard let text = place?[name]?.string ?? place?["arguments"]?.object?[name]?.string else { continue }
                let host = text.split(separator: "@").last.map(String.init) ?? text
                return String(host.prefix(200))
            }
        }
        return nil
    }

    /// For whom it is, for the operator log.
    var addressees: String {
        if let destination {
            let shown = destination.prefix(5).map { $0.prefix(100) }.joined(separator: ", ")
            return "to \(shown)" + (destination.count > 5 ? " and \(destination.count - 5) more" : "")
        }
        return pattern.map { "to nodes like \($0.prefix(100))" } ?? "to all nodes"
    }

    /// Whether a node obeys.
    package func isFor(_ node: String) -> Bool {
        if let destination { return destination.contains(node) }
        guard let pattern, !pattern.isEmpty, let matcher, !matcher.isEmpty else { return true }
        return NodePattern(pattern, matcher: matcher)?.matches(node) ?? false
    }
}
