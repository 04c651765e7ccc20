/// What Celery's clients are told of one task: the fields of its events and of its request object.
package struct TaskSummary: Sendable {
    /// The task id, any text.
    package var id: String
    /// The registered name.
    package var name: String
    /// Positional arguments; shared with the message, not copied.
    package var args: [WireValue]
    /// Keyword arguments.
    package var kwargs: WireObject
    /// The arguments as their publisher showed them; nil where the message has no such header.
    package var argsRepr: String?
    /// The same of the keyword arguments.
    package var kwargsRepr: String?
    /// The first task of the tree.
    package var rootID: String?
    /// The task that published this one.
    package var parentID: String?
    /// How often the task was retried before.
    package var retries: Int
    /// When it is to start, unix ms.
    package var eta: Int64?
    /// When it is no longer to start, unix ms.
    package var expires: Int64?
    /// `delivery_info.exchange`; empty for the default exchange.
    package var exchange: String
    /// `delivery_info.routing_key`.
    package var routingKey: String
    /// `properties.priority`.
    package var priority: Int
    /// Whether the message was delivered before.
    package var redelivered: Bool
    /// Stamped headers with their values, for `revoke_by_stamped_headers`.
    package var stamps: [String: [String]]

    /// Everything but id and name may be left out.
    package init(
        id: String, name: String, args: [WireValue] = [], kwargs: WireObject = WireObject(), argsRepr: String? = nil,
        kwargsRepr: String? = nil, rootID: String? = nil, parentID: String? = nil, retries: Int = 0,
        eta: Int64? = nil, expires: Int64? = nil, exchange: String = "", routingKey: String = "celery",
        priority: Int = 0, redelivered: Bool = false, stamps: [String: [String]] = [:]
    ) {
        self.id = id
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.argsRepr = argsRepr
        self.kwargsRepr = kwargsRepr
        self.rootID = rootID
        self.parentID = parentID
        self.retries = retries
        self.eta = eta
        self.expires = expires
        self.exchange = exchange
        self.routingKey = routingKey
        self.priority = priority
        self.redelivered = redelivered
        self.stamps = stamps
    }

    /// UTF-8 bytes after which texts for people are cut, as Celery cuts them.
    package static let reprLimit = 1024

    /// The arguments for people, cut at `reprLimit`.
    var shownArgs: String { Self.cut(argsRepr) ?? WireValue.tupleRepr(args, atMost: Self.reprLimit) }

    /// The keyword arguments for people, cut at `reprLimit`.
    var shownKwargs: String { Self.cut(kwargsRepr) ?? WireValue.object(kwargs).repr(atMost: Self.reprLimit) }

    /// A text cut at a number of UTF-8 bytes, and then ending in `...`.
    static func cut(_ text: String?, at limit: Int = reprLimit) -> String? {
        guard let text, text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "..."
    }
}
