/// Names of the channels and keys by which control requests, their replies and events travel.
package struct BroadcastNames: Sendable {
    /// `global_keyprefix`; empty for none.
    let prefix: String
    /// Number of the broker's database.
    let database: Int

    /// - Parameter broker: whose prefix and database number stand in the names.
    package init(_ broker: NodeProfile.BrokerPlace) {
        prefix = broker.prefix
        database = broker.database
    }

    /// Where control requests are published.
    package var control: String { "\(prefix)/\(database).celery.pidbox" }

    /// Where events are published; a routing key is such as `worker.heartbeat`.
    package func events(_ routingKey: String) -> String { "\(prefix)/\(database).celeryev/\(routingKey)" }

    /// The exchange of control replies.
    static let replyExchange = "reply.celery.pidbox"

    /// The set of those who wait for control replies.
    var replyBindings: String { "\(prefix)_kombu.binding.\(Self.replyExchange)" }

    /// How one who waits stands in `replyBindings`: routing key, pattern, queue.
    func replyBinding(of address: String) -> String {
        let separator = "\u{6}\u{16}"
        return "\(address)\(separator)\(separator)\(address).\(Self.replyExchange)"
    }

    /// The list that one who waits reads.
    func replyList(of address: String) -> String { "\(prefix)\(address).\(Self.replyExchange)" }
}
