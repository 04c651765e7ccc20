extension ControlPanel {
    /// Carries out what changes something, after it was noted.
    func change(_ arguments: ControlArguments, by request: ControlRequest) async throws(ControlRefusal) -> WireValue? {
        if arguments.method.isNoted {
            let values = WireValue.object(arguments.values).repr(atMost: 500)
            let text = "celery \(arguments.method.rawValue) \(values) \(request.addressees)"
            let host = if let named = request.host { named } else { await findSender() ?? "unknown host" }
            await actions.note(text, from: host, request: request.mark)
        }
        switch arguments.method {
        case .revoke, .terminate: return try await revoke(arguments)
        case .revokeStamps: return try await revokeStamps(arguments)
        case .rateLimit: return try rateLimit(arguments)
        case .timeLimit: return try timeLimit(arguments)
        case .poolGrow: return try await scale(arguments, up: true, request.mark)
        case .poolShrink: return try await scale(arguments, up: false, request.mark)
        case .poolRestart: throw ControlRefusal("ValueError", "Pool restarts not enabled")
        case .autoscale: return try await autoscale(arguments, request.mark)
        case .addConsumer: return try addConsumer(arguments)
        case .cancelConsumer:
            let queue = try arguments.text("queue")
            node.queues.remove(queue)
            return Self.ok("no longer consuming from \(queue)")
        case .disableEvents:
            return Self.ok(node.events.enable(false) ? "task events disabled" : "task events already disabled")
        case .shutdown:
            await actions.shutdown()
            return nil
        default: return .null
        }
    }

    private func revoke(_ arguments: ControlArguments) async throws(ControlRefusal) -> WireValue {
        try arguments.require("task_id")
        var seen: Set<String> = []
        let ids = try arguments.texts("task_id").filter { seen.insert($0).inserted }
        let isAsked = try arguments.flag("terminate")
        let terminates = isAsked || arguments.method == .terminate
        let signal = try arguments.signal()
        node.revoked.add(ids, now: node.now())
        let runningHere = ids.filter { node.running[$0] != nil }
        let found = await actions.revoke(ids, terminate: terminates, signal: signal.name)
        guard terminates else { return Self.ok("tasks \(Self.setRepr(ids)) flagged as revoked") }
        let ended = runningHere + found.filter { !runningHere.contains($0) }
        return Self.ok(ended.isEmpty ? "terminate: tasks unknown" : "terminate: \(ended.joined(separator: ", "))")
    }

    /// Values as Python shows a set of texts.
    private static func setRepr(_ texts: [String]) -> String {
        texts.isEmpty ? "set()" : "{" + texts.map { WireValue.text($0).repr }.joined(separator: ", ") + "}"
    }

    private func revokeStamps(_ arguments: ControlArguments) async throws(ControlRefusal) -> WireValue {
        try arguments.require("headers")
        let terminates = try arguments.flag("terminate")
        _ = try arguments.signal()
        let (headers, shown) = try stamps(arguments)
        for (header, values) in headers { node.revoked.add(stamp: header, values: values) }
        let runningHere = node.running.all.map(\.summary).filter { task in
            headers.contains { !Set(task.stamps[$0.header] ?? []).isDisjoint(with: $0.values) }
        }
        let found = await actions.revoke(stamps: headers, terminate: terminates)
        guard terminates else { return Self.ok("headers \(shown) flagged as revoked, but not terminated") }
        if runningHere.isEmpty, found.isEmpty { return Self.ok("headers \(shown) were not terminated") }
        return Self.ok("headers \(shown) revoked")
    }

    /// An object of name and value or values, or a list of `name=value`.
    private func stamps(
        _ arguments: ControlArguments
    ) throws(ControlRefusal) -> ([(header: String, values: [String])], shown: String) {
        let wrong = arguments.wrong("headers", "an object of texts or a list of name=value")
        var headers: [(header: String, values: [String])] = []
        if let list = arguments["headers"]?.list {
            for text in ControlArguments.texts(.list(list)) ?? [] {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw wrong }
                headers.append((String(parts[0]), [String(parts[1])]))
            }
            guard headers.count == list.count else { throw wrong }
            let shown = WireObject(headers.map { ($0.header, .text($0.values[0])) })
            return (headers, WireValue.object(shown).repr(atMost: 1000))
        }
        guard let object = arguments["headers"]?.object, object.members.count <= 1000 else { throw wrong }
        for member in object.members {
            guard let values = ControlArguments.texts(member.value) else { throw wrong }
            headers.append((member.name, values))
        }
        return (headers, WireValue.object(object).repr(atMost: 1000))
    }

    private func rateLimit(_ arguments: ControlArguments) throws(ControlRefusal) -> WireValue {
        try arguments.require("task_name", "rate_limit")
        let given = arguments["rate_limit"]
        let text = given?.string ?? given?.double.map { String($0) } ?? (given == nil ? "0" : "?")
        guard let rate = TaskRate(text.isEmpty ? "0" : String(text.prefix(100))) else {
            let shown = (given ?? .null).repr(atMost: 100)
            throw ControlRefusal("Invalid rate limit string: \(shown). Use a form such as 10/m, 5/s or 100/h.")
        }
        let task = try arguments.text("task_name")
        guard node.profile.tasks.contains(task) else { throw ControlRefusal("unknown task") }
        node.limits.setRate(rate, of: task)
        return Self.ok(rate.isOff ? "rate limit disabled successfully" : "new rate limit set successfully")
    }

    private func timeLimit(_ arguments: ControlArguments) throws(ControlRefusal) -> WireValue {
        guard let task = arguments["task_name"]?.string, node.profile.tasks.contains(task) else {
            throw ControlRefusal("unknown task")
        }
        let times = TaskLimits.Times(soft: try arguments.seconds("soft"), hard: try arguments.seconds("hard"))
        node.limits.setTimes(times, of: task)
        return Self.ok("time limits set successfully")
    }

    private func scale(
        _ arguments: ControlArguments, up: Bool, _ mark: String
    ) async throws(ControlRefusal) -> WireValue {
        let count = try arguments.int("n", in: 0...10_000) ?? 1
        do {
            _ = try await actions.scale(by: up ? count : -count, request: mark)
        } catch {
            throw ControlRefusal("\(error)")
        }
        return Self.ok(up ? "pool will grow" : "pool will shrink")
    }

    private func autoscale(_ arguments: ControlArguments, _ mark: String) async throws(ControlRefusal) -> WireValue {
        let most = try arguments.int("max", in: 0...10_000)
        let least = try arguments.int("min", in: 0...10_000)
        do {
            let bounds = try await actions.autoscale(max: most, min: least, request: mark)
            return Self.ok("autoscale now max=\(bounds.max) min=\(bounds.min)")
        } catch {
            throw ControlRefusal("\(error)")
        }
    }

    private func addConsumer(_ arguments: ControlArguments) throws(ControlRefusal) -> WireValue {
        let queue = try arguments.text("queue")
        guard node.queues.add(queue) else {
            throw ControlRefusal(
                "This node consumes from \(ConsumedQueues.limit) queues, which is the most. Cancel one first.")
        }
        return Self.ok("add consumer \(queue)")
    }
}
