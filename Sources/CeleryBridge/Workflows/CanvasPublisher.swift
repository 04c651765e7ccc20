/// Publishes signatures of every shape on behalf of a task: what `apply_async` does within Celery's workers.
struct CanvasPublisher {
    private let builder: MessageBuilder
    private var freezer: CanvasFreezer
    /// The writes so far, in order.
    private(set) var writes: [BridgeWrite] = []
    private var bytes = 0

    /// - Parameter ids: makes task ids, group ids and delivery tags.
    init(builder: MessageBuilder, ids: DerivedID) {
        self.builder = builder
        freezer = CanvasFreezer(ids: ids)
    }

    /// - Parameters:
    ///   - args: arguments before those of the signature.
    ///   - overrides: options that count more than those of the signature.
    /// - Returns: the result that the publishing task lists among its children; null when nothing was published.
    @discardableResult
    mutating func publish(
        _ signature: Signature, _ args: [WireValue] = [], _ overrides: WireObject = WireObject()
    ) throws(WorkflowError) -> WireValue {
        let merged = signature.merging(overrides)
        switch SignatureShape(merged) {
        case .plain: return try publishPlain(merged, args)
        case .chain(let tasks): return try publishChain(merged, tasks, args)
        case .group(let tasks): return try publishGroup(merged, tasks, args)
        case .chord(let header, let tasks, let body):
            return try publishChord(merged, header, tasks, body, args, overrides)
        }
    }

    private mutating func publishPlain(_ signature: Signature, _ args: [WireValue]) throws(WorkflowError) -> WireValue {
        let id = signature.id ?? freezer.ids.next()
        let (published, write) = builder.push(signature, args: args, id: id, tag: freezer.ids.next())
        try add(write)
        return ResultTree.task(published)
    }

    private mutating func publishChain(
        _ signature: Signature, _ tasks: [Signature], _ args: [WireValue]
    ) throws(WorkflowError) -> WireValue {
        let options = signature.options
        let place = CanvasFreezer.Place(
            id: options["task_id"]?.string, group: options["group_id"]?.string,
            chord: options["chord"].flatMap { Signature($0) }, index: options["group_index"]?.int,
            root: options["root_id"]?.string)
        let ownArgs = signature.kwargs["tasks"] == nil ? [] : signature.args
        var (steps, result) = freezer.prepare(
            tasks, args: signature.immutable ? ownArgs : args + ownArgs, place: place, errbacks: options["link_error"])
        guard !steps.isEmpty else { return .null }
        steps[0].append(options["link"], to: "link")
        let first = steps.removeLast()
        var rest = options
        for name in ["task_id", "group_id", "chord", "group_index", "link", "link_error", "root_id", "parent_id"] {
            rest[name] = nil
        }
        let following = (options["chain"]?.list ?? []) + steps.map(\.wire)
        rest["chain"] = following.isEmpty && options["chain"] == nil ? nil : .list(following)
        let published = try publish(first, [], rest)
        return steps.isEmpty ? published : result
    }

    private mutating func publishGroup(
        _ signature: Signature, _ tasks: [Signature], _ args: [WireValue]
    ) throws(WorkflowError) -> WireValue {
        var options = signature.options
        let id = options["task_id"]?.string ?? freezer.ids.next()
        for name in ["task_id", "group_index"] { options[name] = nil }
        options["group_id"] = .text(id)
        let own = signature.immutable ? [] : args + signature.args
        var results: [WireValue] = []
        for (index, task) in CanvasFreezer.flat(tasks).enumerated() {
            let place = CanvasFreezer.Place(group: id, index: index, root: options["root_id"]?.string)
            let (frozen, result) = freezer.freeze(task, place)
            try publish(frozen, own, options)
            results.append(result)
        }
        if results.count == 1, ResultTree.isGroup(results[0]) { return results[0] }
        return ResultTree.group(id, results)
    }

    private mutating func publishChord(
        _ signature: Signature, _ header: Signature?, _ tasks: [Signature], _ body: Signature, _ args: [WireValue],
        _ overrides: WireObject
    ) throws(WorkflowError) -> WireValue {
        var options = signature.options
        let ownID = options["task_id"]?.string
        let group = header?.options["task_id"]?.string ?? ownID ?? freezer.ids.next()
        let delays = ["countdown", "eta"].map { ($0, options[$0]) }
        for name in ["countdown", "eta", "task_id"] { options[name] = nil }
        let frozenBody = freezeBody(body, options: options, id: ownID, group: group)
        for name in ["link", "link_error", "chain", "chord", "group_id", "group_index"] { options[name] = nil }
        let place = CanvasFreezer.Place(
            group: group, chord: frozenBody, root: frozenBody.options["root_id"]?.string)
        var groupOptions = header?.options ?? WireObject()
        groupOptions["task_id"] = .text(group)
        let (frozen, tree) = freezer.freeze(Signature.group(tasks, options: groupOptions), place)
        guard case .group(let members) = SignatureShape(frozen), !members.isEmpty else {
            return try publish(frozenBody, [.list([])])
        }
        let own = signature.immutable ? [] : args + signature.args
        try begin(group, size: CanvasFreezer.size(frozen), tree: tree)
        for (name, value) in delays { options[name] = value }
        options["chord"] = frozenBody.wire
        options["group_id"] = .text(group)
        for var member in members {
            for (name, value) in signature.kwargs["kwargs"]?.object?.members ?? [] { member.kwargs[name] = value }
            try publish(member, own, options)
        }
        return tree
    }

    private mutating func freezeBody(
        _ body: Signature, options: WireObject, id: String?, group: String
    ) -> Signature {
        var passed = options
        for name in ["parent_id", "link", "link_error"] { passed[name] = nil }
        var body = body.merging(passed)
        body.append(options["link"], to: "link")
        body.append(options["link_error"], to: "link_error")
        let root = body.options["root_id"]?.string
        return freezer.freeze(body, CanvasFreezer.Place(id: id, group: group, root: root)).0
    }

    private mutating func begin(_ group: String, size: Int, tree: WireValue) throws(WorkflowError) {
        let place = builder.settings.chord(group)
        let results = tree.list?.last?.list ?? []
        // The body gets nested lists where a header task's result is a group; its members alone do not say so.
        if results.contains(where: ResultTree.isGroup) {
            let saved = WireValue.object(WireObject([("result", tree)])).json
            try add(.save(key: place.key, value: saved, ttlSeconds: place.ttlSeconds))
        }
        try add(.chordSize(group: place, size: size))
    }

    private mutating func add(_ write: BridgeWrite) throws(WorkflowError) {
        switch write {
        case .push(let list, let message): bytes += list.utf8.count + message.utf8.count
        case .save(let key, let value, _): bytes += key.utf8.count + value.utf8.count
        case .result, .once, .chordMember, .chordSize, .chordDone: break
        }
        guard bytes <= builder.settings.publishBytes else {
            throw WorkflowError(
                "What follows the task has more than \(builder.settings.publishBytes) bytes. Publish a smaller "
                    + "workflow, or pass references instead of values.")
        }
        writes.append(write)
    }
}
