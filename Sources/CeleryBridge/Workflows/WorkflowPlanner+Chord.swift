extension WorkflowPlanner {
    /// What a header task of a chord adds to it.
    func member(_ message: TaskMessage, _ state: String, _ result: WireValue) -> [BridgeWrite] {
        guard let chord = message.embed.chord, let group = message.group else { return [] }
        let body = ChordBody(
            group: group, signature: chord, parentID: message.id, rootID: message.rootID ?? message.id,
            queue: message.routingKey)
        return [member(body, id: message.id, index: message.groupIndex, state, result)]
    }

    private func member(
        _ body: ChordBody, id: String, index: Double?, _ state: String, _ result: WireValue
    ) -> BridgeWrite {
        .chordMember(
            group: settings.chord(body.group), taskID: id, index: index ?? .infinity,
            member: ChordMember(id: id, state: state, result: result).json, bodyMessage: body.json)
    }

    /// Fails what will never run because something before it failed, down to the chords that wait for it.
    func fail(
        _ signature: Signature, _ failure: TaskFailure, _ traceback: String?, stores: Bool, parent: TaskMessage,
        _ state: String = "FAILURE"
    ) -> [BridgeWrite] {
        let source = FailureSource(
            failure: failure, traceback: traceback, state: state, stores: stores, parentID: parent.id,
            rootID: parent.rootID ?? parent.id, queue: parent.routingKey)
        return fail(signature, source)
    }

    private func fail(_ signature: Signature, _ source: FailureSource) -> [BridgeWrite] {
        var writes: [BridgeWrite] = []
        switch SignatureShape(signature) {
        case .plain: writes += failPlain(signature, source)
        case .chain(let tasks): for task in tasks { writes += fail(task, source) }
        case .group(let tasks): for task in CanvasFreezer.flat(tasks) { writes += fail(task, source) }
        // A chord is done when its body is, so that is what others wait for.
        case .chord(_, _, let body): writes += fail(body, source)
        }
        for next in signature.options["chain"]?.list ?? [] {
            if let next = Signature(next) { writes += fail(next, source) }
        }
        return writes
    }

    private func failPlain(_ signature: Signature, _ source: FailureSource) -> [BridgeWrite] {
        guard let id = signature.id else { return [] }
        let options = signature.options
        let group = options["group_id"]?.string
        var writes: [BridgeWrite] = []
        if source.stores {
            let document = document(
                source.state, source.failure.wire, source.traceback, id: id, group: group, parentID: nil)
            writes.append(write(document, mode: .final))
        }
        if let group, let chord = options["chord"].flatMap({ Signature($0) }) {
            let body = ChordBody(
                group: group, signature: chord, parentID: source.parentID, rootID: source.rootID, queue: source.queue)
            let index = options["group_index"]?.double
            writes.append(member(body, id: id, index: index, source.state, source.failure.wire))
        }
        return writes
    }

    /// The writes of the native job that goes on when all members of a chord are there.
    /// - Parameters:
    ///   - members: all of `.j` in order.
    ///   - saved: the value of the group's own key, when it is there: the structure of a nested header.
    package func writes(for body: ChordBody, members: [String], saved: String? = nil) -> [BridgeWrite] {
        var results: [ChordMember] = []
        for json in members {
            guard let member = ChordMember(json: json) else {
                return failed(body, chordError("Join error: a member of group \(body.group) is not readable"))
            }
            if let error = member.error { return failed(body, error) }
            results.append(member)
        }
        let values = nested(results, saved: saved) ?? results.map(\.result)
        var publisher = publisher(for: body)
        do {
            try publisher.publish(body.signature, [.list(values)])
        } catch {
            return failed(body, chordError("Callback error: \(error.failure.repr)"))
        }
        return publisher.writes
    }

    private func chordError(_ sentence: String) -> TaskFailure {
        TaskFailure("ChordError", module: "celery.exceptions", [.text(sentence)])
    }

    private func failed(_ body: ChordBody, _ failure: TaskFailure) -> [BridgeWrite] {
        let source = FailureSource(
            failure: failure, traceback: failure.traceback(task: body.signature.task), state: "FAILURE", stores: true,
            parentID: body.parentID, rootID: body.rootID, queue: body.queue)
        return fail(body.signature, source) + errbacks(of: body.signature, body)
    }

    /// The errbacks of all that waits for the header, each with the id of the task that it hangs on.
    private func errbacks(of signature: Signature, _ body: ChordBody) -> [BridgeWrite] {
        let links = signature.options["link_error"] ?? .null
        let own = (links.list ?? [links]).compactMap { Signature($0) }
        switch SignatureShape(signature) {
        case .plain:
            let id = signature.id ?? ""
            return errbacks(own, of: id, publisher(for: body, seed: id))
        case .group(let tasks):
            return CanvasFreezer.flat(tasks).flatMap { task in
                var task = task
                task.append(.list(own.map(\.wire)), to: "link_error")
                return errbacks(of: task, body)
            }
        case .chain(let tasks):
            guard var last = tasks.last else { return [] }
            last.append(.list(own.map(\.wire)), to: "link_error")
            return errbacks(of: last, body)
        case .chord(_, _, var inner):
            inner.append(.list(own.map(\.wire)), to: "link_error")
            return errbacks(of: inner, body)
        }
    }

    private func publisher(for body: ChordBody, seed: String = "") -> CanvasPublisher {
        let parent = (id: body.parentID, root: body.rootID, queue: body.queue)
        return CanvasPublisher(
            builder: MessageBuilder(settings: settings, now: now, parent: parent),
            ids: DerivedID(seed: "chord " + body.group + seed))
    }

    /// The results in the structure that was saved when the header was published.
    private func nested(_ members: [ChordMember], saved: String?) -> [WireValue]? {
        guard let saved, let tree = (try? WireValue.parse(saved))?.object?["result"] else { return nil }
        var results: [String: WireValue] = [:]
        for member in members { results[member.id] = member.result }
        func value(_ tree: WireValue) -> WireValue? {
            guard let parts = tree.list, parts.count == 2 else { return nil }
            if let children = parts[1].list {
                let values = children.compactMap { value($0) }
                return values.count == children.count ? .list(values) : nil
            }
            let id = parts[0].list?.first?.string ?? parts[0].string
            return id.flatMap { results[$0] }
        }
        return value(tree)?.list
    }
}

/// A failure that reaches what was to follow.
private struct FailureSource {
    let failure: TaskFailure
    let traceback: String?
    let state: String
    let stores: Bool
    let parentID: String
    let rootID: String
    let queue: String
}
