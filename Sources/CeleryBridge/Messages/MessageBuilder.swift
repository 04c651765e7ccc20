/// Makes messages from signatures, as Celery's `send_task` does.
package struct MessageBuilder: Sendable {
    /// Says who publishes, and where to.
    package var settings: BridgeSettings
    /// Unix ms, from which countdowns count.
    package var now: Int64
    /// The task that publishes: its id and root, and the queue it came from. Nil for none.
    package var parent: (id: String, root: String, queue: String)?

    /// - Parameter parent: nil when nothing is to be inherited.
    package init(settings: BridgeSettings, now: Int64, parent: (id: String, root: String, queue: String)?) {
        self.settings = settings
        self.now = now
        self.parent = parent
    }

    /// The push of a plain signature.
    /// - Parameters:
    ///   - args: arguments before those of the signature; not used when it is immutable.
    ///   - id: for a signature without a task id.
    ///   - tag: the delivery tag.
    package func push(
        _ signature: Signature, args: [WireValue] = [], id: @autoclosure () -> String, tag: String
    ) -> (id: String, write: BridgeWrite) {
        let task = task(signature, args: args, id: id())
        return (task.id, push(task, tag: tag))
    }

    /// The push of a message that runs a task once more under the same id.
    /// - Parameters:
    ///   - eta: not before, unix ms; nil for at once.
    ///   - tag: the delivery tag.
    package func retry(_ message: TaskMessage, eta: Int64?, tag: String) -> BridgeWrite {
        var task = OutgoingTask(task: message.task, id: message.id, queue: queue(message.routingKey))
        task.args = message.args
        task.kwargs = message.kwargs
        task.embed = message.embed
        task.group = message.group
        task.groupIndex = message.headers["group_index"] ?? .null
        task.retries = message.retries + 1
        task.eta = eta.map(ISOTime.text)
        task.expires = message.expires.map(ISOTime.text)
        if let limits = message.headers["timelimit"]?.list, limits.count == 2 {
            task.hardLimit = limits[0]
            task.softLimit = limits[1]
        }
        task.rootID = message.rootID
        task.parentID = message.id
        task.shadow = message.shadow
        task.ignoresResult = message.ignoresResult
        task.replacedTaskNesting = message.replacedTaskNesting
        task.stampedHeaders = message.headers["stamped_headers"] ?? .null
        task.stamps = message.stamps
        for (name, value) in message.headers.members where !Self.ownHeaders.contains(name) {
            task.headers[name] = value
        }
        task.replyTo = message.replyTo ?? ""
        task.priority = message.priority
        return push(task, tag: tag)
    }

    private func push(_ task: OutgoingTask, tag: String) -> BridgeWrite {
        .push(
            list: settings.keys.list(task.queue, priority: task.priority),
            message: task.envelope(origin: settings.origin, tag: tag))
    }

    private func task(_ signature: Signature, args: [WireValue], id: String) -> OutgoingTask {
        let options = signature.options
        var task = OutgoingTask(
            task: signature.task, id: options["task_id"]?.string ?? id,
            queue: queue(options["queue"]?.string ?? options["routing_key"]?.string))
        task.args = signature.immutable ? signature.args : args + signature.args
        task.kwargs = signature.kwargs
        task.embed = embed(options)
        task.group = options["group_id"]?.string
        task.groupIndex = options["group_index"] ?? .null
        task.retries = options["retries"]?.int ?? 0
        setTimes(options, of: &task)
        task.rootID = options["root_id"]?.string ?? parent?.root
        task.parentID = options["parent_id"]?.string ?? parent?.id
        task.shadow = options["shadow"]?.string
        task.argsrepr = options["argsrepr"]?.string
        task.kwargsrepr = options["kwargsrepr"]?.string
        task.ignoresResult = options["ignore_result"]?.isTrue ?? false
        task.replacedTaskNesting = options["replaced_task_nesting"]?.int ?? 0
        setStamps(options, of: &task)
        task.headers = options["headers"]?.object ?? WireObject()
        task.replyTo = options["reply_to"]?.string ?? ""
        task.priority = options["priority"]?.int ?? 0
        return task
    }

    private func queue(_ name: String?) -> String {
        if let name, !name.isEmpty { return name }
        if let queue = parent?.queue, !queue.isEmpty { return queue }
        return settings.defaultQueue
    }

    private func embed(_ options: WireObject) -> Embed {
        Embed(
            WireObject([
                ("callbacks", options["link"] ?? .null), ("errbacks", options["link_error"] ?? .null),
                ("chain", options["chain"] ?? .null), ("chord", options["chord"] ?? .null),
            ])) ?? Embed()
    }

    private func setTimes(_ options: WireObject, of task: inout OutgoingTask) {
        if let seconds = options["countdown"]?.double, seconds != 0, let time = later(seconds) {
            task.eta = ISOTime.text(time)
        } else {
            task.eta = time(options["eta"])
        }
        task.expires = time(options["expires"])
        task.hardLimit = options["time_limit"] ?? .null
        task.softLimit = options["soft_time_limit"] ?? .null
    }

    /// Text, a typed datetime, or seconds from now.
    private func time(_ value: WireValue?) -> String? {
        switch value {
        case .text(let text): text.isEmpty ? nil : text
        case .object(let object): object["__value__"]?.string
        case .number: value?.double.flatMap(later).map(ISOTime.text)
        default: nil
        }
    }

    private func later(_ seconds: Double) -> Int64? {
        Int64(exactly: (Double(now) + seconds * 1000).rounded()).flatMap { Self.years.contains($0) ? $0 : nil }
    }

    private func setStamps(_ options: WireObject, of task: inout OutgoingTask) {
        guard let names = options["stamped_headers"]?.list else { return }
        task.stampedHeaders = .list(names)
        for name in names.compactMap(\.string) { task.stamps[name] = options[name] ?? .null }
    }

    /// The years 1 to 9999 in unix ms, which Python can write.
    private static let years: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    private static let ownHeaders: Set<String> = [
        "lang", "task", "id", "shadow", "eta", "expires", "group", "group_index", "retries", "timelimit", "root_id",
        "parent_id", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting", "stamped_headers",
        "stamps", "compression", "redelivered",
    ]
}
