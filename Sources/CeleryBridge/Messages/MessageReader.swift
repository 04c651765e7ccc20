/// Decodes one list element of a Celery queue, of protocol 2 or 1.
struct MessageReader {
    private let envelope: WireObject
    private var headers: WireObject
    private let bounds: MessageBounds
    private var version = 2

    init(_ envelope: WireObject, bounds: MessageBounds) {
        self.envelope = envelope
        self.bounds = bounds
        headers = envelope["headers"]?.object ?? WireObject()
    }

    mutating func message() throws(MessageFault) -> TaskMessage {
        do {
            return headers["task"] == nil ? try version1() : try version2()
        } catch {
            let id = Self.id(headers["id"]) ?? correlation
            var fault = MessageFault(error.failure, id: id, task: headers["task"]?.string, headers: headers)
            fault.message = error.message
            throw fault
        }
    }

    /// The id again, as a rule: what is left to tell the caller by when the header is missing.
    private var correlation: String? { Self.id(envelope["properties"]?.object?["correlation_id"]) }

    private func version2() throws(FaultReason) -> TaskMessage {
        // The names first, so that a body that cannot be read still fails under its id.
        let task = try task()
        guard let id = Self.id(headers["id"]) ?? correlation else { throw Self.noID }
        let body = try BodyReader(envelope: envelope, bounds: bounds).body()
        guard case .list(let parts) = body, parts.count == 3 else {
            throw FaultReason(
                .invalidTask,
                "The body is \(body.repr(atMost: 100)), not the list [args, kwargs, embed]. Publish with protocol 2.")
        }
        return try message(task: task, id: id, args: parts[0], kwargs: parts[1], embed: parts[2])
    }

    private mutating func version1() throws(FaultReason) -> TaskMessage {
        let body = try BodyReader(envelope: envelope, bounds: bounds).body()
        guard case .object(let object) = body, object["task"] != nil else {
            throw FaultReason(
                .invalidTask, "The message has no header 'task' and its body is no call of protocol 1. "
                    + "Publish it with a Celery client.")
        }
        version = 1
        var headers = object
        for name in ["args", "kwargs", "callbacks", "errbacks", "chord", "utc"] { headers[name] = nil }
        if headers["group"]?.isTrue != true, let taskset = headers["taskset"], taskset.isTrue {
            headers["group"] = taskset
        }
        headers["taskset"] = nil
        self.headers = headers
        let task = try task()
        guard let id = Self.id(headers["id"]) ?? correlation else { throw Self.noID }
        return try message(
            task: task, id: id, args: object["args"] ?? .null, kwargs: object["kwargs"] ?? .null, embed: body)
    }

    private func message(
        task: String, id: String, args: WireValue, kwargs: WireValue, embed: WireValue
    ) throws(FaultReason) -> TaskMessage {
        guard args.isNull || args.list != nil else {
            throw FaultReason(.invalidTask, "Task arguments must be a list, not \(args.repr(atMost: 100)).")
        }
        guard kwargs.isNull || kwargs.object != nil else {
            throw FaultReason(
                .invalidTask, "Task keyword arguments must be a mapping, not \(kwargs.repr(atMost: 100)).")
        }
        guard let hung = embed.isNull ? Embed() : embed.object.flatMap({ Embed($0) }) else {
            throw FaultReason(
                .invalidTask, "The third part of the body is \(embed.repr(atMost: 100)); it must be an object of "
                    + "signatures. Publish it with a Celery client.")
        }
        var message = TaskMessage(
            task: task, id: id, args: args.list ?? [], kwargs: kwargs.object ?? WireObject(), embed: hung,
            rootID: headers["root_id"]?.string, parentID: headers["parent_id"]?.string,
            group: Self.id(headers["group"]), groupIndex: headers["group_index"]?.double,
            retries: max(0, headers["retries"]?.int ?? 0), eta: nil, expires: nil, hardLimit: nil, softLimit: nil,
            ignoresResult: headers["ignore_result"]?.isTrue ?? false, version: version, headers: headers,
            properties: envelope["properties"]?.object ?? WireObject())
        do {
            (message.hardLimit, message.softLimit) = try limits()
            message.eta = try time("eta")
            message.expires = try time("expires")
        } catch {
            var reason = error
            reason.message = message
            throw reason
        }
        return message
    }

    private func task() throws(FaultReason) -> String {
        if let task = headers["task"]?.string { return task }
        throw FaultReason(
            TaskFailure("NotRegistered", module: "celery.exceptions", [headers["task"] ?? .null]))
    }

    private func time(_ name: String) throws(FaultReason) -> Int64? {
        guard let value = headers[name], value.isTrue else { return nil }
        if let text = value.string, let time = ISOTime.milliseconds(text) { return time }
        throw FaultReason(
            .invalidTask,
            "The header '\(name)' is \(value.repr(atMost: 100)), not a time in ISO 8601 of the years 1 to 9999.")
    }

    private func limits() throws(FaultReason) -> (hard: Double?, soft: Double?) {
        guard let value = headers["timelimit"], value.isTrue else { return (nil, nil) }
        guard let parts = value.list, parts.count == 2, parts.allSatisfy({ $0.isNull || $0.double != nil }) else {
            throw FaultReason(
                .invalidTask, "The header 'timelimit' is \(value.repr(atMost: 100)), not [hard, soft] in seconds.")
        }
        func limit(_ value: WireValue) -> Double? { value.double.flatMap { $0 > 0 ? $0 : nil } }
        return (limit(parts[0]), limit(parts[1]))
    }

    /// An id is text; a number counts as its digits, as in the key of its result.
    private static func id(_ value: WireValue?) -> String? {
        switch value {
        case .text(let text): text.isEmpty ? nil : text
        case .number(let number): number
        default: nil
        }
    }

    private static let noID = FaultReason(
        .invalidTask, "The message has no id that is text, so its caller cannot be told. Publish it with a task id.")
}

extension TaskMessage {
    /// Decodes one list element.
    /// - Throws: what is wrong, with what could be read: the id is there whenever a FAILURE can be stored under it.
    package init(raw: [UInt8], bounds: MessageBounds = MessageBounds()) throws(MessageFault) {
        guard raw.count <= bounds.messageBytes else {
            throw MessageFault(
                .decodeError, "The message has \(raw.count) bytes; more than \(bounds.messageBytes) are not read.")
        }
        var envelope: WireObject?
        do {
            envelope = try WireValue.parse(raw).object
        } catch {
            throw MessageFault(.decodeError, "The list element is no message. " + error.sentence)
        }
        guard let envelope else {
            throw MessageFault(
                .decodeError, "The list element is JSON but no object with a body. Publish it with a Celery client.")
        }
        var reader = MessageReader(envelope, bounds: bounds)
        self = try reader.message()
    }
}
