/// Answers control requests of one node.
struct ControlPanel {
    let node: CeleryNode
    let actions: any ControlActions
    /// Whether requests that change something are carried out.
    let allowsChanges: Bool
    /// Sends a heartbeat now.
    let beat: @Sendable () async -> Void
    /// The hosts that may have sent the request at hand; nil when they are not known.
    let findSender: @Sendable () async -> String?

    /// What a request is answered with; nil for nothing at all.
    func answer(_ request: ControlRequest) async -> WireValue? {
        do throws(ControlRefusal) {
            guard let method = ControlMethod(name: request.method) else {
                throw ControlRefusal("KeyError", String(request.method.prefix(100)))
            }
            let arguments = ControlArguments(method: method, values: request.arguments)
            if method.isRead { return try await read(arguments) }
            guard allowsChanges else { throw Self.readOnly(method) }
            return try await change(arguments, by: request)
        } catch {
            return Self.object([("error", .text(error.text))])
        }
    }

    private static func readOnly(_ method: ControlMethod) -> ControlRefusal {
        ControlRefusal(
            "\(method.rawValue) is refused: control of this fleet is read-only. Set 'control: full' under 'celery' in "
                + "schedules.yaml to allow it.")
    }

    private func read(_ arguments: ControlArguments) async throws(ControlRefusal) -> WireValue? {
        switch arguments.method {
        case .ping: return Self.ok("pong")
        case .active:
            let safe = try arguments.flag("safe")
            return .list(node.running.all.map { $0.wire(safe: safe) })
        // A task is taken only for a free slot, and starts at once.
        case .reserved: return .list([])
        case .scheduled: return await scheduled()
        case .registered: return .list(try registered(arguments).map { .text($0) })
        case .stats: return NodeReport(node).stats
        case .conf: return .object(node.profile.configuration)
        case .report: return Self.ok(NodeReport(node).text)
        case .activeQueues: return NodeReport(node).queues
        case .queryTask: return try await query(arguments)
        case .revoked: return .list(node.revoked.ids(now: node.now()).map { .text($0) })
        case .clock: return Self.object([("clock", .number(String(node.clock.value)))])
        case .hello: return try hello(arguments)
        case .enableEvents:
            return Self.ok(node.events.enable(true) ? "task events enabled" : "task events already enabled")
        case .heartbeat:
            node.events.assumeListener()
            await beat()
            return .null
        default: return .null
        }
    }

    private func scheduled() async -> WireValue {
        let tasks = await actions.scheduled().filter { node.fleet.tells(of: $0.task.id) }
        return .list(
            tasks.map { task in
                Self.object([
                    ("eta", .text(NodeTime.iso(task.eta))), ("priority", .number("6")),
                    ("request", TaskRequest(task.task, hostname: node.name).wire()),
                ])
            })
    }

    private func registered(_ arguments: ControlArguments) throws(ControlRefusal) -> [String] {
        let items = try arguments.texts("taskinfoitems")
        let builtins = try arguments.flag("builtins")
        return node.profile.tasks.filter { builtins || !$0.hasPrefix("celery.") }.map { task in
            var shown: [String] = []
            if items.isEmpty || items.contains("rate_limit"), let rate = node.limits.rate(of: task) {
                shown.append("rate_limit=\(rate.text)")
            }
            let times = node.limits.times(of: task)
            if items.contains("time_limit"), let hard = times?.hard { shown.append("time_limit=\(hard)") }
            if items.contains("soft_time_limit"), let soft = times?.soft { shown.append("soft_time_limit=\(soft)") }
            return shown.isEmpty ? task : "\(task) [\(shown.joined(separator: " "))]"
        }
    }

    private func query(_ arguments: ControlArguments) async throws(ControlRefusal) -> WireValue {
        try arguments.require("ids")
        let ids = try arguments.texts("ids")
        guard ids.count <= 1000 else { throw arguments.wrong("ids", "at most 1000 ids") }
        var known = WireObject()
        let elsewhere = await actions.taskState(ids)
        for id in ids {
            if let request = node.running[id] {
                known[id] = .list([.text("active"), request.wire()])
            } else if let found = elsewhere[id], found.state != .active, node.fleet.tells(of: id) {
                let request = TaskRequest(found.task, hostname: node.name)
                known[id] = .list([.text(found.state.rawValue), request.wire()])
            }
        }
        return .object(known)
    }

    /// A starting worker tells its revoked ids and wants ours. Celery 5.3 sends them as the names of an object.
    private func hello(_ arguments: ControlArguments) throws(ControlRefusal) -> WireValue? {
        try arguments.require("from_node")
        guard try arguments.text("from_node") != node.name else { return nil }
        let told = arguments["revoked"]
        let ids = told?.object.map { $0.members.map(\.name) } ?? told.flatMap { ControlArguments.texts($0) } ?? []
        if allowsChanges { node.revoked.add(ids.prefix(RevokedTasks.limit), now: node.now()) }
        return Self.object([
            ("revoked", .list(node.revoked.ids(now: node.now()).map { .text($0) })),
            ("clock", .number(String(node.clock.send()))),
        ])
    }

    static func ok(_ text: String) -> WireValue { object([("ok", .text(text))]) }

    static func object(_ members: [(name: String, value: WireValue)]) -> WireValue { .object(WireObject(members)) }
}
