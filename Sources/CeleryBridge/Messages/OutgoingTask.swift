/// A message before it is written, of protocol 2.
package struct OutgoingTask: Sendable {
    /// The registered name.
    package var task: String
    /// The task id.
    package var id: String
    /// Positional arguments.
    package var args: [WireValue] = []
    /// Keyword arguments.
    package var kwargs = WireObject()
    /// Callbacks, chain and chord.
    package var embed = Embed()
    /// The group id and the place in it.
    package var group: String?
    package var groupIndex: WireValue = .null
    /// How often it was retried before.
    package var retries = 0
    /// ISO 8601 or nil.
    package var eta: String?
    package var expires: String?
    /// Seconds or null.
    package var hardLimit: WireValue = .null
    package var softLimit: WireValue = .null
    /// The first task of the tree; its own id when nil.
    package var rootID: String?
    /// The task that publishes this one.
    package var parentID: String?
    package var shadow: String?
    package var argsrepr: String?
    package var kwargsrepr: String?
    package var ignoresResult = false
    package var replacedTaskNesting = 0
    package var stampedHeaders: WireValue = .null
    package var stamps = WireObject()
    /// Of the application, written after Celery's.
    package var headers = WireObject()
    package var replyTo = ""
    /// Where it goes.
    package var queue: String
    package var priority = 0

    /// - Parameter queue: the list's name without prefix and step.
    package init(task: String, id: String, queue: String) {
        self.task = task
        self.id = id
        self.queue = queue
    }

    /// The envelope, member by member as Celery writes it.
    /// - Parameters:
    ///   - origin: `genPID@HOST` of the publisher.
    ///   - tag: the delivery tag, unique to this message.
    package func envelope(origin: String, tag: String) -> String {
        var body = WireWriter(capacity: 256)
        body.value(.list([.list(args), .object(kwargs), embed.wire]))
        var writer = WireWriter(capacity: body.bytes.count * 2 + 1024)
        writer.raw("{\"body\": \"" as StaticString)
        writer.raw(Base64.encode(body.bytes))
        writer.raw("\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\", " as StaticString)
        writer.raw("\"headers\": " as StaticString)
        writer.value(.object(allHeaders(origin)))
        writer.raw(", \"properties\": {\"correlation_id\": " as StaticString)
        writer.text(id)
        writer.raw(", \"reply_to\": " as StaticString)
        writer.text(replyTo)
        writer.raw(", \"delivery_mode\": 2, \"delivery_info\": {\"exchange\": \"\", \"routing_key\": " as StaticString)
        writer.text(queue)
        writer.raw("}, \"priority\": " as StaticString)
        writer.raw(String(priority))
        writer.raw(", \"body_encoding\": \"base64\", \"delivery_tag\": " as StaticString)
        writer.text(tag)
        writer.raw("}}" as StaticString)
        return writer.text
    }

    private func allHeaders(_ origin: String) -> WireObject {
        var members: [(name: String, value: WireValue)] = [
            ("lang", .text("py")), ("task", .text(task)), ("id", .text(id)), ("shadow", WireValue(shadow)),
            ("eta", WireValue(eta)), ("expires", WireValue(expires)), ("group", WireValue(group)),
            ("group_index", groupIndex), ("retries", WireValue(retries)),
            ("timelimit", .list([hardLimit, softLimit])), ("root_id", .text(rootID ?? id)),
            ("parent_id", WireValue(parentID)),
            ("argsrepr", .text(argsrepr ?? WireValue.tupleRepr(args, atMost: 1024))),
            ("kwargsrepr", .text(kwargsrepr ?? WireValue.object(kwargs).repr(atMost: 1024))),
            ("origin", .text(origin)), ("ignore_result", .bool(ignoresResult)),
            ("replaced_task_nesting", WireValue(replacedTaskNesting)), ("stamped_headers", stampedHeaders),
            ("stamps", .object(stamps)),
        ]
        members += headers.members
        return WireObject(members)
    }
}
