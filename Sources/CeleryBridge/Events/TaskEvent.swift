/// One thing that happened to a task, before it is written for monitors.
package enum TaskEvent: Sendable {
    case received(TaskSummary)
    case started(id: String)
    case succeeded(id: String, runtime: Double, result: String)
    case failed(id: String, exception: String, traceback: String?)
    case retried(id: String, exception: String, traceback: String?)
    case revoked(id: String, terminated: Bool, signal: Int?, expired: Bool)
    case rejected(id: String, requeue: Bool)

    /// Celery's name of the event.
    var type: String {
        switch self {
        case .received: "task-received"
        case .started: "task-started"
        case .succeeded: "task-succeeded"
        case .failed: "task-failed"
        case .retried: "task-retried"
        case .revoked: "task-revoked"
        case .rejected: "task-rejected"
        }
    }

    /// UTF-8 bytes after which a traceback is cut.
    private static let tracebackLimit = 16_384

    /// What stands between `clock` and `timestamp`.
    var fields: [(name: String, value: WireValue)] {
        switch self {
        case .received(let task): Self.fields(of: task)
        case .started(let id): [("uuid", .text(id))]
        case .succeeded(let id, let runtime, let result):
            [
                ("uuid", .text(id)), ("result", Self.shown(result)),
                ("runtime", .number(runtime.isFinite ? String(runtime) : "0.0")),
            ]
        case .failed(let id, let exception, let traceback), .retried(let id, let exception, let traceback):
            [("uuid", .text(id)), ("exception", Self.shown(exception))]
                // A task that is not registered has none, not null.
                + (traceback.map { [("traceback", Self.shown($0, at: Self.tracebackLimit))] } ?? [])
        case .revoked(let id, let terminated, let signal, let expired):
            [
                ("uuid", .text(id)), ("terminated", .bool(terminated)),
                ("signum", signal.map { .number(String($0)) } ?? .null), ("expired", .bool(expired)),
            ]
        case .rejected(let id, let requeue): [("uuid", .text(id)), ("requeue", .bool(requeue))]
        }
    }

    private static func fields(of task: TaskSummary) -> [(name: String, value: WireValue)] {
        [
            ("uuid", .text(task.id)), ("name", .text(task.name)), ("args", .text(task.shownArgs)),
            ("kwargs", .text(task.shownKwargs)), ("root_id", task.rootID.map { .text($0) } ?? .null),
            ("parent_id", task.parentID.map { .text($0) } ?? .null), ("retries", .number(String(task.retries))),
            ("eta", task.eta.map { .text(NodeTime.iso($0)) } ?? .null),
            ("expires", task.expires.map { .text(NodeTime.iso($0)) } ?? .null),
        ]
    }

    private static func shown(_ text: String, at limit: Int = TaskSummary.reprLimit) -> WireValue {
        .text(TaskSummary.cut(text, at: limit) ?? "")
    }
}
