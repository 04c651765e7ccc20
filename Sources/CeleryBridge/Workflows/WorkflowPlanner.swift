/// Says what is written when a task ends: its result, and all that follows it. Pure.
package struct WorkflowPlanner: Sendable {
    /// Names, node and bounds.
    package let settings: BridgeSettings
    let now: Int64

    /// - Parameter now: unix ms.
    package init(settings: BridgeSettings, now: Int64) {
        self.settings = settings
        self.now = now
    }

    /// The writes for the end of a task.
    /// - Parameters:
    ///   - publishing: signatures that the task itself publishes, such as the chord that it stands for.
    package func writes(
        for message: TaskMessage, end: TaskEnd, publishing: [Signature] = []
    ) -> [BridgeWrite] {
        switch end {
        case .succeeded(let value):
            do {
                return try succeeded(message, value, publishing)
            } catch {
                return failed(message, error.failure)
            }
        case .failed(let failure): return failed(message, failure)
        case .revoked(let reason): return revoked(message, reason)
        case .started:
            let meta = WireObject([("pid", WireValue(settings.pid)), ("hostname", .text(settings.node))])
            return store(message, "STARTED", .object(meta), mode: .state)
        case .retried(let failure):
            return store(
                message, "RETRY", failure.wire, traceback: failure.traceback(task: message.task),
                children: [ResultTree.task(message.id)], mode: .state)
        case .custom(let state, let meta): return store(message, state, meta, mode: .state)
        }
    }

    /// The writes for a message that cannot be run: a FAILURE when its id could be read, and its chord is told.
    package func writes(for fault: MessageFault) -> [BridgeWrite] {
        if let message = fault.message { return failed(message, fault.failure) }
        guard let id = fault.id, !fault.ignoresResult else { return [] }
        let task = fault.task ?? "a message that cannot be read"
        let document = document(
            "FAILURE", fault.failure.wire, fault.failure.traceback(task: task), id: id,
            group: fault.headers["group"]?.string, parentID: fault.headers["parent_id"]?.string)
        return [write(document, mode: .final)]
    }

    /// What the tasks `celery.chord` and `celery.group` publish when they are called by name; nil for other tasks.
    package func expansion(of message: TaskMessage) -> Signature? {
        let kwargs = message.kwargs
        switch message.task {
        case "celery.chord":
            guard let body = (kwargs["body"] ?? message.args.dropFirst().first).flatMap({ Signature($0) }) else {
                return nil
            }
            let header = kwargs["header"] ?? message.args.first ?? .null
            let group = Signature(header) ?? Signature.group((header.list ?? []).compactMap { Signature($0) })
            var chord = Signature.chord(header: group, body: body, options: WireObject())
            chord.args = kwargs["partial_args"]?.list ?? []
            return chord
        case "celery.group":
            let tasks = kwargs["tasks"] ?? message.args.first ?? .null
            var options = WireObject()
            if let id = kwargs["group_id"] { options["task_id"] = id }
            var group = Signature.group((tasks.list ?? []).compactMap { Signature($0) }, options: options)
            group.args = kwargs["partial_args"]?.list ?? []
            return group
        default: return nil
        }
    }

    /// The key of a message's result.
    package func resultKey(_ id: String) -> String { settings.keys.result(id) }

    private func succeeded(
        _ message: TaskMessage, _ value: WireValue, _ publishing: [Signature]
    ) throws(WorkflowError) -> [BridgeWrite] {
        var writes: [BridgeWrite] = []
        var children: [WireValue] = []
        if !message.embed.callbacks.isEmpty || message.embed.chain?.isEmpty == false || !publishing.isEmpty {
            var publisher = publisher(for: message)
            for signature in publishing { children.append(try publisher.publish(signature)) }
            for callback in message.embed.callbacks { children.append(try publisher.publish(callback, [value])) }
            if let chain = message.embed.chain, let next = chain.last {
                let rest = WireObject([("chain", .list(chain.dropLast().map(\.wire)))])
                children.append(try publisher.publish(next, [value], rest))
            }
            writes = once(message, publisher.writes)
        }
        if !message.ignoresResult {
            writes += store(message, "SUCCESS", value, children: children, isReady: true, mode: .final)
        }
        return writes + member(message, "SUCCESS", value)
    }

    private func failed(_ message: TaskMessage, _ failure: TaskFailure) -> [BridgeWrite] {
        let traceback = failure.traceback(task: message.task)
        var writes: [BridgeWrite] = []
        // An ignored result means that nobody waits, for the chain's elements either.
        if !message.ignoresResult {
            writes = store(
                message, "FAILURE", failure.wire, traceback: traceback, isReady: true, mode: .final)
        }
        writes += member(message, "FAILURE", failure.wire)
        for element in message.embed.chain ?? [] {
            writes += fail(element, failure, traceback, stores: !message.ignoresResult, parent: message)
        }
        return writes + once(message, errbacks(message.embed.errbacks, of: message.id, publisher(for: message)))
    }

    private func revoked(_ message: TaskMessage, _ reason: RevokeReason) -> [BridgeWrite] {
        let failure = TaskFailure.revoked(reason)
        var writes: [BridgeWrite] = []
        if !message.ignoresResult {
            writes = store(message, "REVOKED", failure.wire, isReady: true, mode: .final)
        }
        writes += member(message, "REVOKED", failure.wire)
        for element in message.embed.chain ?? [] {
            writes += fail(element, failure, nil, stores: !message.ignoresResult, parent: message, "REVOKED")
        }
        return writes
    }

    /// Publishes errbacks with the failed id as argument; those that cannot be published are left out.
    func errbacks(_ errbacks: [Signature], of id: String, _ publisher: CanvasPublisher) -> [BridgeWrite] {
        var publisher = publisher
        for errback in errbacks {
            // Too large a workflow among the errbacks must not take the failure's own result with it.
            _ = try? publisher.publish(errback, [.text(id)])
        }
        return publisher.writes
    }

    private func publisher(for message: TaskMessage) -> CanvasPublisher {
        let parent = (id: message.id, root: message.rootID ?? message.id, queue: message.routingKey)
        return CanvasPublisher(
            builder: MessageBuilder(settings: settings, now: now, parent: parent), ids: DerivedID(of: message))
    }

    private func once(_ message: TaskMessage, _ writes: [BridgeWrite]) -> [BridgeWrite] {
        if writes.isEmpty { return [] }
        let marker = settings.keys.published(DerivedID(of: message).mark)
        return [.once(marker: marker, ttlSeconds: settings.resultTTLSeconds, count: writes.count)] + writes
    }

    private func store(
        _ message: TaskMessage, _ status: String, _ result: WireValue, traceback: String? = nil,
        children: [WireValue] = [], isReady: Bool = false, mode: ResultMode
    ) -> [BridgeWrite] {
        if message.ignoresResult { return [] }
        var document = ResultDocument(
            status: status, result: result, traceback: traceback, dateDone: isReady ? now : nil, id: message.id,
            group: message.group, parentID: message.parentID)
        document.children = children.filter { !$0.isNull }
        if settings.extendsResults { document.extended = (message, settings.node) }
        return [write(document, mode: mode)]
    }

    func document(
        _ status: String, _ result: WireValue, _ traceback: String?, id: String, group: String?, parentID: String?
    ) -> ResultDocument {
        ResultDocument(
            status: status, result: result, traceback: traceback, dateDone: now, id: id, group: group,
            parentID: parentID)
    }

    func write(_ document: ResultDocument, mode: ResultMode) -> BridgeWrite {
        .result(
            key: settings.keys.result(document.id), value: document.json, ttlSeconds: settings.resultTTLSeconds,
            mode: mode)
    }
}
