/// How the run of a task ended, or that it began.
package enum TaskEnd: Sendable, Equatable {
    /// It runs now; stored only where starts are tracked.
    case started
    /// It returned a value.
    case succeeded(WireValue)
    /// It failed for good.
    case failed(TaskFailure)
    /// It failed and runs again; the message for that is published by the caller, which decides when.
    case retried(TaskFailure)
    /// It does not run, or was ended.
    case revoked(RevokeReason)
    /// A state of the task's own, with what it says.
    case custom(state: String, meta: WireValue)
}

/// Why a task was not run to its end, as the message of `TaskRevokedError`.
package enum RevokeReason: String, Sendable, Equatable {
    case revoked
    case expired
    case terminated
}

extension TaskFailure {
    /// Of a task that was not run to its end.
    package static func revoked(_ reason: RevokeReason) -> TaskFailure {
        TaskFailure("TaskRevokedError", module: "celery.exceptions", [.text(reason.rawValue)])
    }

    /// The object that stands for the exception in a result.
    package var wire: WireValue {
        .object(
            WireObject([
                ("exc_type", .text(type)), ("exc_message", .list(arguments)), ("exc_module", .text(module)),
            ]))
    }

    /// As Python shows the exception: `ValueError('x')`.
    package var repr: String {
        type + "(" + arguments.map { $0.repr(atMost: 10_000) }.joined(separator: ", ") + ")"
    }

    /// The traceback that is stored when the failure brings none of its own.
    func traceback(task: String) -> String? {
        if let traceback { return traceback }
        // Celery stores none for these either.
        if ["NotRegistered", "TaskRevokedError", "Reject"].contains(type) { return nil }
        let text = arguments.first.map { $0.string ?? $0.repr(atMost: 10_000) }
        let name = module == "builtins" ? type : module + "." + type
        let last = text.map { name + ": " + $0 } ?? name
        return "Traceback (most recent call last):\n  File \"flotilla\", line 1, in \(task)\n\(last)\n"
    }
}
