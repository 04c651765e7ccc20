/// Gives the signatures of a workflow their ids and their places, as `freeze` and `prepare_steps` of Celery do.
struct CanvasFreezer {
    /// Makes ids for what has none.
    var ids: DerivedID

    /// Where a frozen signature belongs.
    struct Place {
        var id: String?
        var group: String?
        var chord: Signature?
        var index: Int?
        var root: String?
    }

    /// - Returns: the signature with ids in it, and the result that its caller waits for.
    mutating func freeze(_ signature: Signature, _ place: Place) -> (Signature, result: WireValue) {
        switch SignatureShape(signature) {
        case .plain: return freezePlain(signature, place)
        case .chain(let tasks):
            let (steps, result) = prepare(
                tasks, args: signature.args, place: place, errbacks: signature.options["link_error"])
            return (signature.replacingTasks(steps.reversed()), result)
        case .group(let tasks): return freezeGroup(signature, tasks, place)
        case .chord(let header, let tasks, let body): return freezeChord(signature, header, tasks, body, place)
        }
    }

    private mutating func freezePlain(_ signature: Signature, _ place: Place) -> (Signature, WireValue) {
        var copy = signature
        var options = signature.options
        let id = options["task_id"]?.string ?? place.id ?? ids.next()
        options["task_id"] = .text(id)
        if let root = place.root { options["root_id"] = .text(root) }
        if let group = place.group, options["group_id"] == nil { options["group_id"] = .text(group) }
        if let chord = place.chord { options["chord"] = chord.wire }
        if let index = place.index { options["group_index"] = WireValue(index) }
        copy.options = options
        return (copy, ResultTree.task(id))
    }

    private mutating func freezeGroup(
        _ signature: Signature, _ tasks: [Signature], _ place: Place
    ) -> (Signature, WireValue) {
        var options = signature.options
        let id = options["task_id"]?.string ?? place.id ?? ids.next()
        options["task_id"] = .text(id)
        if let group = place.group { options["group_id"] = .text(group) }
        if let chord = place.chord { options["chord"] = chord.wire }
        if let index = place.index { options["group_index"] = WireValue(index) }
        if options["root_id"] == nil { options["root_id"] = WireValue(place.root) }
        var frozen: [Signature] = []
        var results: [WireValue] = []
        for task in Self.flat(tasks) {
            let place = Place(group: place.group, chord: place.chord, index: frozen.count, root: place.root)
            let (task, result) = freeze(task, place)
            frozen.append(task)
            results.append(result)
        }
        return (Signature.group(frozen, options: options), ResultTree.group(id, results))
    }

    private mutating func freezeChord(
        _ signature: Signature, _ header: Signature?, _ tasks: [Signature], _ body: Signature, _ place: Place
    ) -> (Signature, WireValue) {
        let outer = Place(id: place.id, group: place.group, chord: place.chord, index: place.index, root: place.root)
        let (body, result) = freeze(body, outer)
        // The header's tasks get their places when the chord is published; until then they need their ids only.
        var options = header?.options ?? WireObject()
        if options["task_id"] == nil { options["task_id"] = signature.options["task_id"] ?? .text(ids.next()) }
        let (group, _) = freeze(Signature.group(tasks, options: options), Place(root: place.root))
        var copy = signature
        copy.options["task_id"] = options["task_id"]
        copy.kwargs["header"] = group.wire
        copy.kwargs["body"] = body.wire
        return (copy, result)
    }

    /// The tasks of a group with those of groups among them; empty chains are left out.
    static func flat(_ tasks: [Signature]) -> [Signature] {
        tasks.flatMap { task in
            switch SignatureShape(task) {
            case .group(let inner): flat(inner)
            case .chain(let inner): inner.isEmpty ? [] : [task]
            case .plain, .chord: [task]
            }
        }
    }

    /// The steps of a chain, LAST first: chains within are spliced, a group before a task becomes a chord.
    /// - Returns: the steps with ids, and the result of the last one.
    mutating func prepare(
        _ tasks: [Signature], args: [WireValue], place: Place, errbacks: WireValue?
    ) -> (steps: [Signature], result: WireValue) {
        let spliced = Self.spliced(tasks)
        var steps: [Signature] = []
        var result = WireValue.null
        for (index, step) in spliced.enumerated().reversed() {
            var step = step
            if index == 0, !args.isEmpty, !step.immutable { step.args = args + step.args }
            let isLast = steps.isEmpty
            if case .group = SignatureShape(step), let body = steps.popLast() {
                var options = WireObject()
                if let id = body.id, body.isPlain { options["task_id"] = .text(id) }
                step = Signature.chord(header: step, body: body, options: options)
            }
            let (frozen, tree) = freeze(step, isLast ? place : Place(root: place.root))
            step = frozen
            if isLast { result = tree }
            addErrbacks(errbacks, to: &step)
            steps.append(step)
        }
        return (steps, result)
    }

    private func addErrbacks(_ errbacks: WireValue?, to step: inout Signature) {
        guard let errbacks, errbacks.isTrue else { return }
        step.append(errbacks, to: "link_error")
        if case .chord(_, _, var body) = SignatureShape(step) {
            body.append(errbacks, to: "link_error")
            step.kwargs["body"] = body.wire
        }
    }

    private static func spliced(_ tasks: [Signature]) -> [Signature] {
        let steps = tasks.flatMap { splice($0) }
        let full = steps.filter { step in
            if case .group(let tasks) = SignatureShape(step) { !tasks.isEmpty } else { true }
        }
        return full.isEmpty ? Array(steps.prefix(1)) : full
    }

    private static func splice(_ task: Signature) -> [Signature] {
        switch SignatureShape(task) {
        case .plain: return [task]
        case .chain(let tasks): return tasks.flatMap { splice($0) }
        case .group(let tasks): return tasks.count == 1 ? splice(tasks[0]) : [task]
        case .chord(_, _, let body):
            // Every header task carries the body; the tail of a chain in it would be copied with each.
            guard case .chain(let tasks) = SignatureShape(body), let first = tasks.first, first.isPlain else {
                return [task]
            }
            var copy = task
            copy.kwargs["body"] = first.wire
            return splice(copy) + tasks.dropFirst().flatMap { splice($0) }
        }
    }

    /// How many results of a signature count for the chord that it is a header task of.
    static func size(_ signature: Signature) -> Int {
        switch SignatureShape(signature) {
        case .plain: 1
        case .chain(let tasks): tasks.reversed().lazy.map { size($0) }.first { $0 > 0 } ?? 0
        case .group(let tasks): tasks.reduce(0) { $0 + size($1) }
        case .chord(_, _, let body): size(body)
        }
    }
}
