/// One task that a node runs, as `inspect active` shows it.
package struct TaskRequest: Sendable {
    /// What its message told.
    package var summary: TaskSummary
    /// The node that runs it; nil for a task that waits.
    package var hostname: String
    /// When it started, unix ms; nil for a task that waits.
    package var startedAt: Int64?
    /// The process that runs it; nil for a task that waits.
    package var pid: Int?

    /// A task that runs has both `startedAt` and `pid`.
    package init(_ summary: TaskSummary, hostname: String, startedAt: Int64? = nil, pid: Int? = nil) {
        self.summary = summary
        self.hostname = hostname
        self.startedAt = startedAt
        self.pid = pid
    }

    /// The request object of Celery's answers.
    /// - Parameter safe: texts instead of the arguments themselves.
    package func wire(safe: Bool = false) -> WireValue {
        let delivery = WireObject([
            ("exchange", .text(summary.exchange)), ("routing_key", .text(summary.routingKey)),
            ("priority", .number(String(summary.priority))), ("redelivered", .bool(summary.redelivered)),
        ])
        return .object(
            WireObject([
                ("id", .text(summary.id)), ("name", .text(summary.name)),
                ("args", safe ? .text(summary.shownArgs) : .list(summary.args)),
                ("kwargs", safe ? .text(summary.shownKwargs) : .object(summary.kwargs)),
                ("type", .text(summary.name)), ("hostname", .text(hostname)),
                ("time_start", startedAt.map { .number(NodeTime.seconds($0)) } ?? .null),
                ("acknowledged", .bool(startedAt != nil)), ("delivery_info", .object(delivery)),
                ("worker_pid", pid.map { .number(String($0)) } ?? .null),
            ]))
    }
}
