/// What a signature stands for, with its parts.
enum SignatureShape {
    /// One message.
    case plain
    /// The tasks, first one first.
    case chain([Signature])
    /// The tasks.
    case group([Signature])
    /// The header as it was written, the tasks in it, and what is called with their results.
    case chord(header: Signature?, tasks: [Signature], body: Signature)

    init(_ signature: Signature) {
        let kwargs = signature.kwargs
        switch signature.subtaskType {
        case "chain": self = .chain(Self.tasks(kwargs["tasks"] ?? .list(signature.args)))
        case "group": self = .group(Self.tasks(kwargs["tasks"] ?? .null))
        case "chunks": self = .group(Self.chunks(signature))
        case "chord":
            guard let body = kwargs["body"].flatMap({ Signature($0) }) else {
                self = .plain
                return
            }
            let header = kwargs["header"] ?? .null
            if let group = Signature(header) {
                self = .chord(header: group, tasks: Self.tasks(group.kwargs["tasks"] ?? .null), body: body)
            } else {
                self = .chord(header: nil, tasks: Self.tasks(header), body: body)
            }
        default: self = .plain
        }
    }

    private static func tasks(_ value: WireValue) -> [Signature] {
        // A group's tasks may be a group again.
        if let group = Signature(value) { return tasks(group.kwargs["tasks"] ?? .null) }
        return (value.list ?? []).compactMap { Signature($0) }
    }

    /// `chunks` is published as a group of `celery.starmap`, each with `n` of the items.
    private static func chunks(_ signature: Signature) -> [Signature] {
        guard let task = signature.kwargs["task"], let items = signature.kwargs["it"]?.list,
            let size = signature.kwargs["n"]?.int, size > 0
        else { return [] }
        return stride(from: 0, to: items.count, by: size).map { start in
            let part = Array(items[start..<min(start + size, items.count)])
            var options = WireObject()
            if let queue = Signature(task)?.options["queue"] { options["queue"] = queue }
            return Signature(
                task: "celery.starmap", kwargs: WireObject([("task", task), ("it", .list(part))]), options: options)
        }
    }
}

extension Signature {
    /// Whether it is published as one message.
    var isPlain: Bool { if case .plain = SignatureShape(self) { true } else { false } }

    /// A group of tasks.
    static func group(_ tasks: [Signature], options: WireObject = WireObject()) -> Signature {
        typed("celery.group", "group", WireObject([("tasks", .list(tasks.map(\.wire)))]), options)
    }

    /// A chord.
    static func chord(header: Signature, body: Signature, options: WireObject) -> Signature {
        let kwargs = WireObject([("kwargs", .object(WireObject())), ("header", header.wire), ("body", body.wire)])
        return typed("celery.chord", "chord", kwargs, options)
    }

    /// The same chain with other tasks.
    func replacingTasks(_ tasks: [Signature]) -> Signature {
        var copy = self
        copy.args = []
        copy.kwargs["tasks"] = .list(tasks.map(\.wire))
        return copy
    }

    /// Adds signatures to a list option such as `link`, each once.
    mutating func append(_ signatures: WireValue?, to option: String) {
        guard let signatures, signatures.isTrue else { return }
        var list = options[option].map { $0.isTrue ? $0.list ?? [$0] : [] } ?? []
        for signature in signatures.list ?? [signatures] where !list.contains(signature) { list.append(signature) }
        options[option] = .list(list)
    }

    /// Options with those of a caller, which count more, except for what names a place in a group.
    func merging(_ overrides: WireObject) -> Signature {
        var copy = self
        var options = self.options
        for (name, value) in overrides.members where !value.isNull {
            if ["group_id", "stamped_headers"].contains(name), options[name] != nil { continue }
            options[name] = value
        }
        copy.options = options
        return copy
    }

    private static func typed(
        _ task: String, _ type: String, _ kwargs: WireObject, _ options: WireObject
    ) -> Signature {
        let object = WireObject([
            ("task", .text(task)), ("args", .list([])), ("kwargs", .object(kwargs)), ("options", .object(options)),
            ("subtask_type", .text(type)), ("immutable", .bool(false)),
        ])
        return Signature(object)
    }
}
