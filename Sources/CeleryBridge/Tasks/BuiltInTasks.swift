import JobQueue
import Worker

/// The tasks that every Celery worker has, as far as clients send them: `map` and `starmap`, of which chunks are made,
/// and `accumulate`. They run other tasks of the table inside of their own call.
package enum BuiltInTasks {
    /// Adds them to a table; they know the tasks that it has now.
    package static func register(into table: inout TaskTable) {
        let tasks = table
        table["celery.map"] = { call in try await map(call, tasks) { [$0] } }
        table["celery.starmap"] = { call in try await map(call, tasks, each) }
        table["celery.accumulate"] = { call in
            let all = WireValue.list(call.args)
            guard let index = call.kwargs["index"], !index.isNull else { return TaskReturn(all) }
            guard let place = index.int, call.args.indices.contains(place) else {
                throw TaskFailure("IndexError", [.text("tuple index out of range")])
            }
            return TaskReturn(call.args[place])
        }
        table["celery.chunks"] = { call in try await chunks(call, tasks) }
        // What these publish is `WorkflowPlanner.expansion`.
        table["celery.chord"] = { _ in TaskReturn(.null) }
        table["celery.group"] = { _ in TaskReturn(.null) }
        table["celery.chain"] = { _ in
            throw TaskFailure("NotImplementedError", [.text("chain is not a real task")])
        }
        table["celery.chord_unlock"] = { _ in
            throw TaskFailure(
                "NotImplementedError",
                [.text("Chords are counted in Redis; celery.chord_unlock is for other result backends.")])
        }
        // Results expire by themselves.
        table["celery.backend_cleanup"] = { _ in TaskReturn(.null) }
    }

    /// The items of a list as arguments.
    private static func each(_ item: WireValue) throws(TaskFailure) -> [WireValue] {
        guard let list = item.list else {
            throw TaskFailure("TypeError", [.text("Value after * must be an iterable, not \(item.repr)")])
        }
        return list
    }

    /// As `starmap`, with the values in lists of `n`.
    private static func chunks(_ call: TaskCall, _ tasks: TaskTable) async throws -> TaskReturn {
        let given = try BoundArguments(call, [.required("task"), .required("it"), .required("n")])
        guard let size = given["n"].int, size > 0 else {
            throw TaskFailure("ValueError", [.text("celery.chunks needs n, the items of a chunk, above 0.")])
        }
        var inner = call
        inner.args = [given["task"], given["it"]]
        inner.kwargs = WireObject()
        var result = try await map(inner, tasks, each)
        let values = result.value.list ?? []
        result.value = .list(
            stride(from: 0, to: values.count, by: size).map { start in
                .list(Array(values[start..<min(start + size, values.count)]))
            })
        return result
    }

    /// Calls the task of a signature for each item, one after the other; the first failure ends it.
    private static func map(
        _ call: TaskCall, _ tasks: TaskTable, _ arguments: (WireValue) throws(TaskFailure) -> [WireValue]
    ) async throws -> TaskReturn {
        let given = try BoundArguments(call, [.required("task"), .required("it")])
        guard let signature = given["task"].object, let name = signature["task"]?.string else {
            throw TaskFailure("TypeError", [.text("argument 'task' is not a signature: \(given["task"].repr)")])
        }
        guard let items = given["it"].list else {
            throw TaskFailure("TypeError", [.text("argument 'it' is not a list: \(given["it"].repr)")])
        }
        guard let body = tasks[name] else {
            throw TaskFailure("NotRegistered", module: "celery.exceptions", [.text(name)])
        }
        var (values, children): ([WireValue], [NewJob]) = ([], [])
        for (index, item) in items.enumerated() {
            try Task.checkCancellation()
            // As in Python, the task is called itself: arguments stored in the signature are not used.
            let one = TaskCall(
                task: name, id: call.id, args: try arguments(item), kwargs: WireObject(), retries: call.retries,
                context: try call.context.part("item-\(index)"))
            let done = try await body(one)
            values.append(done.value)
            children += done.output.children
        }
        return TaskReturn(.list(values), output: JobOutput(children: children))
    }
}
