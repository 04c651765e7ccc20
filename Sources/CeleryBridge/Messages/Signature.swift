/// A call that is to be made later, as Celery's canvas writes it; members that are not read here stay as they are.
package struct Signature: Sendable, Equatable {
    private var object: WireObject

    /// - Returns: nil when the value is no object.
    package init?(_ wire: WireValue) {
        guard case .object(let object) = wire else { return nil }
        self.object = object
    }

    /// - Parameter object: the members as they are sent.
    init(_ object: WireObject) { self.object = object }

    /// A plain signature with the members in Celery's order.
    package init(task: String, args: [WireValue] = [], kwargs: WireObject = .init(), options: WireObject = .init()) {
        object = WireObject([
            ("task", .text(task)), ("args", .list(args)), ("kwargs", .object(kwargs)), ("options", .object(options)),
            ("subtask_type", .null), ("immutable", .bool(false)),
        ])
    }

    /// The object as it is sent.
    package var wire: WireValue { .object(object) }
    /// The registered name, empty when there is none.
    package var task: String { object["task"]?.string ?? "" }
    /// Positional arguments.
    package var args: [WireValue] {
        get { object["args"]?.list ?? [] }
        set { object["args"] = .list(newValue) }
    }
    /// Keyword arguments.
    package var kwargs: WireObject {
        get { object["kwargs"]?.object ?? WireObject() }
        set { object["kwargs"] = .object(newValue) }
    }
    /// Options of `apply_async`, and `task_id`, `group_id`, `link`, `chord` and the like.
    package var options: WireObject {
        get { object["options"]?.object ?? WireObject() }
        set { object["options"] = .object(newValue) }
    }
    /// `group`, `chord`, `chain`, or nil for a plain call.
    package var subtaskType: String? { object["subtask_type"]?.string }
    /// Whether the result of the task before is left out of the arguments.
    package var immutable: Bool { object["immutable"]?.isTrue ?? false }
    /// The task id, when the client chose one.
    package var id: String? { object["options"]?.object?["task_id"]?.string }
}
