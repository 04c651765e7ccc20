/// One message of a Celery client, decoded: the call of a task with all that hangs on it.
package struct TaskMessage: Sendable {
    /// The registered name.
    package var task: String
    /// The task id: any text but the empty one.
    package var id: String
    /// Positional arguments.
    package var args: [WireValue]
    /// Keyword arguments.
    package var kwargs: WireObject
    /// Callbacks, chain and chord.
    package var embed: Embed
    /// The first task of the tree.
    package var rootID: String?
    /// The task that published this one.
    package var parentID: String?
    /// The group id, when the task is part of a group or of a chord's header.
    package var group: String?
    /// The place in the group.
    package var groupIndex: Double?
    /// How often the task was retried before, 0 at first.
    package var retries: Int
    /// Not before, unix ms.
    package var eta: Int64?
    /// Not after, unix ms.
    package var expires: Int64?
    /// Seconds after which the task is ended.
    package var hardLimit: Double?
    /// Seconds after which the task is told to end.
    package var softLimit: Double?
    /// Whether no result is stored on success.
    package var ignoresResult: Bool
    /// The protocol of the message, 1 or 2.
    package var version: Int
    /// All headers of protocol 2, those of applications among them; of protocol 1, those that stand for its body.
    package var headers: WireObject
    /// The envelope's properties.
    package var properties: WireObject
}

extension TaskMessage {
    /// Positional arguments as Python shows them, for events.
    package var argsrepr: String {
        headers["argsrepr"]?.string ?? WireValue.tupleRepr(args, atMost: 1024)
    }
    /// Keyword arguments as Python shows them, for events.
    package var kwargsrepr: String {
        headers["kwargsrepr"]?.string ?? WireValue.object(kwargs).repr(atMost: 1024)
    }
    /// `genPID@HOST` of the publisher.
    package var origin: String? { headers["origin"]?.string }
    /// A name to show instead of the registered one.
    package var shadow: String? { headers["shadow"]?.string }
    /// Names of the stamps.
    package var stampedHeaders: [WireValue]? { headers["stamped_headers"]?.list }
    /// Stamp → value or list of values.
    package var stamps: WireObject { headers["stamps"]?.object ?? WireObject() }
    /// How often the task was replaced by another.
    package var replacedTaskNesting: Int { headers["replaced_task_nesting"]?.int ?? 0 }
    /// The client's reply queue; not used with the Redis backend.
    package var replyTo: String? { properties["reply_to"]?.string }
    /// The task id again, as a rule.
    package var correlationID: String? { properties["correlation_id"]?.string }
    /// The queue's name, as a rule.
    package var routingKey: String { deliveryInfo["routing_key"]?.string ?? "" }
    /// Empty for the default exchange.
    package var exchange: String { deliveryInfo["exchange"]?.string ?? "" }
    /// As the publisher said, 0 when it said nothing.
    package var priority: Int { properties["priority"]?.int ?? 0 }
    /// Whether a Celery worker has put the message back.
    package var redelivered: Bool {
        deliveryInfo["redelivered"]?.isTrue ?? headers["redelivered"]?.isTrue ?? false
    }
    /// The publisher's mark of this delivery; the same again when it is redelivered.
    package var deliveryTag: String? { properties["delivery_tag"]?.string }

    private var deliveryInfo: WireObject { properties["delivery_info"]?.object ?? WireObject() }
}
