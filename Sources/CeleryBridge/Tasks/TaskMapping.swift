package import JobQueue
package import Worker

/// A task that is a job of a native kind: the kind runs inside of the job that carries the call, and its result is the
/// task's result. The schedule file adds such tasks with `celery.tasks`.
package struct TaskMapping: Sendable, Equatable {
    /// The registered name of the task.
    package var task: String
    /// The kind that runs.
    package var kind: JobKind
    /// Arguments of every call; a call may give others of the same names.
    package var defaults: WireObject
    /// What a call may give. Nil: one object of arguments, or any keyword arguments.
    package var parameters: [CallBinding.Parameter]?

    /// A mapping that checks nothing: the kind checks its arguments when it runs.
    package init(
        task: String, kind: JobKind, defaults: WireObject = WireObject(), parameters: [CallBinding.Parameter]? = nil
    ) {
        self.task = task
        self.kind = kind
        self.defaults = defaults
        self.parameters = parameters
    }

    /// The arguments of the job that a call becomes: the defaults, then what was given. Parameters that are null are
    /// left out, because the kinds have no nulls.
    /// - Throws: a `TypeError` for arguments that do not fit.
    package func arguments(_ args: [WireValue], _ kwargs: WireObject) throws(TaskFailure) -> WireObject {
        let given = try given(args, kwargs)
        var arguments = defaults
        for (name, value) in given.members where value != .null { arguments[name] = value }
        return arguments
    }

    private func given(_ args: [WireValue], _ kwargs: WireObject) throws(TaskFailure) -> WireObject {
        if let parameters { return try CallBinding(task: task, parameters).bind(args, kwargs) }
        let function = CallBinding(task: task, []).function
        var given = kwargs
        if case .object(let members)? = args.first, args.count == 1 {
            for (name, value) in members.members {
                guard given[name] == nil else {
                    throw TaskFailure(
                        "TypeError", [.text("\(function)() got multiple values for argument '\(name)'")])
                }
                given[name] = value
            }
        } else if !args.isEmpty {
            throw TaskFailure(
                "TypeError",
                [
                    .text(
                        "\(function)() takes one object of arguments or keyword arguments, but \(args.count) "
                            + "positional \(args.count == 1 ? "argument was" : "arguments were") given")
                ])
        }
        return given
    }

    /// What runs under the name.
    /// - Parameter registry: has the kind.
    package func body(_ registry: JobRegistry) -> TaskTable.Body {
        let runner = KindRunner(registry)
        return { call in try await runner.run(kind, try arguments(call.args, call.kwargs), call.context) }
    }
}

/// Runs native kinds inside of the job that carries a call.
package struct KindRunner: Sendable {
    private let registry: JobRegistry

    /// - Parameter registry: the handlers of this worker process.
    package init(_ registry: JobRegistry) { self.registry = registry }

    /// Runs a kind; its result is the value, and null where it has none.
    ///
    /// Jobs that it enqueues, and a batch that it waits for, are part of what is returned.
    /// - Throws: `TaskFailure` for a job that the kind refuses; `JobStop` for one that it postpones or that failed.
    package func run(
        _ kind: JobKind, _ arguments: WireObject, _ context: JobContext
    ) async throws -> TaskReturn {
        var output: JobOutput
        do {
            output = try await registry.run(
                kind, arguments: Array(WireValue.object(arguments).json.utf8), in: context)
        } catch JobStop.refuse(let type, let message) {
            throw Self.failure(type, message)
        }
        let value = output.result.isEmpty ? WireValue.null : try Self.value(output.result, of: kind)
        output.result = ""
        return TaskReturn(value, output: output)
    }

    private static func value(_ json: String, of kind: JobKind) throws(TaskFailure) -> WireValue {
        do { return try WireValue.parse(Array(json.utf8)) } catch {
            throw TaskFailure("ValueError", [.text("the result of kind \(kind) is no JSON: \(error.sentence)")])
        }
    }

    private static func failure(_ type: String, _ message: String) -> TaskFailure {
        TaskFailure(type == "bad-arguments" ? "TypeError" : "RuntimeError", [.text(message)])
    }
}
