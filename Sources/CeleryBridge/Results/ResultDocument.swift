/// The JSON of a `celery-task-meta-*` key.
package struct ResultDocument: Sendable {
    /// `SUCCESS`, `FAILURE`, `RETRY`, `REVOKED`, `STARTED` or a word of the task's own.
    package var status: String
    /// The return value, the exception object, or what a state says.
    package var result: WireValue
    /// Text for people.
    package var traceback: String?
    /// Results of the tasks that this one published, see `ResultTree`.
    package var children: [WireValue] = []
    /// When the task became ready, unix ms; nil before.
    package var dateDone: Int64?
    /// The task id.
    package var id: String
    /// The group id, when there is one.
    package var group: String?
    /// The task that published this one, when there is one.
    package var parentID: String?
    /// The message and the node, for `result_extended`.
    package var extended: (message: TaskMessage, node: String)?

    /// - Parameter dateDone: unix ms, for ready states only.
    package init(
        status: String, result: WireValue, traceback: String? = nil, dateDone: Int64? = nil, id: String,
        group: String? = nil, parentID: String? = nil
    ) {
        self.status = status
        self.result = result
        self.traceback = traceback
        self.dateDone = dateDone
        self.id = id
        self.group = group
        self.parentID = parentID
    }

    /// The members in Celery's order.
    package var json: String {
        var writer = WireWriter(capacity: 384)
        writer.raw("{\"status\": " as StaticString)
        writer.text(status)
        writer.raw(", \"result\": " as StaticString)
        writer.value(result)
        writer.raw(", \"traceback\": " as StaticString)
        writer.text(traceback)
        writer.raw(", \"children\": " as StaticString)
        writer.value(.list(children))
        writer.raw(", \"date_done\": " as StaticString)
        writer.text(dateDone.map(ISOTime.text))
        if let group {
            writer.raw(", \"group_id\": " as StaticString)
            writer.text(group)
        }
        if let parentID {
            writer.raw(", \"parent_id\": " as StaticString)
            writer.text(parentID)
        }
        if let extended { append(extended.message, extended.node, to: &writer) }
        writer.raw(", \"task_id\": " as StaticString)
        writer.text(id)
        writer.raw("}" as StaticString)
        return writer.text
    }

    private func append(_ message: TaskMessage, _ node: String, to writer: inout WireWriter) {
        writer.raw(", \"name\": " as StaticString)
        writer.text(message.task)
        writer.raw(", \"args\": " as StaticString)
        writer.value(.list(message.args))
        writer.raw(", \"kwargs\": " as StaticString)
        writer.value(.object(message.kwargs))
        writer.raw(", \"worker\": " as StaticString)
        writer.text(node)
        writer.raw(", \"retries\": " as StaticString)
        writer.raw(String(message.retries))
        writer.raw(", \"queue\": " as StaticString)
        writer.text(message.routingKey)
        guard let names = message.stampedHeaders, !names.isEmpty else { return }
        writer.raw(", \"stamped_headers\": " as StaticString)
        writer.value(.list(names))
        for name in names.compactMap(\.string) {
            guard let stamp = message.stamps[name] else { continue }
            writer.raw(", " as StaticString)
            writer.text(name)
            writer.raw(": " as StaticString)
            writer.value(stamp)
        }
    }
}

/// The results that a caller may collect from a result, as `AsyncResult.as_tuple` writes them.
enum ResultTree {
    static func task(_ id: String) -> WireValue { .list([.list([.text(id), .null]), .null]) }

    static func group(_ id: String, _ members: [WireValue]) -> WireValue {
        .list([.list([.text(id), .null]), .list(members)])
    }

    static func isGroup(_ tree: WireValue) -> Bool { tree.list?.last?.list != nil }
}
