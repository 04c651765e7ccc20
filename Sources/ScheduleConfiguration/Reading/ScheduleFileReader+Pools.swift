import JobQueue

extension ScheduleFileReader {
    /// - Parameter celery: what the file says of Celery; gains what the pool does.
    mutating func pool(_ entry: Entry, _ celery: inout CeleryRules) -> WorkerPool? {
        let keys = [
            "queues", "order", "weights", "ageing", "reserved", "processes", "concurrency", "grace", "kill_after",
            "autoscale", "recycle", "celery",
        ]
        guard
            let fields = fields(of: entry.node, owner: "pool '\(entry.name)'", mark: entry.mark, allowed: keys)
        else { return nil }
        let taken = celeryPool(entry.name, fields["celery"], celery)
        if let taken { celery.pools.append(taken) }
        let names = poolQueues(fields, taken)
        workedQueues.formUnion(names)
        // A name that is none has been reported, and the file is refused.
        var pool = WorkerPool(
            name: entry.name, queues: names.compactMap { try? QueueName($0) }, servesEveryQueue: names.contains("*"))
        pool.processes = fields["processes"].flatMap { integer($0, 0...512) } ?? pool.processes
        pool.concurrency = fields["concurrency"].flatMap { integer($0, 1...1024) } ?? pool.concurrency
        pool.grace = length(fields, "grace") ?? pool.grace
        pool.killAfter = length(fields, "kill_after") ?? pool.killAfter
        order(fields, names, &pool)
        reserved(fields, names, &pool)
        scaling(fields, &pool)
        return pool
    }

    /// The words for `ServingOrder`.
    private enum OrderWord: String, CaseIterable {
        case turns, strict, weighted
    }

    private mutating func order(_ fields: SourceFields, _ names: [String], _ pool: inout WorkerPool) {
        let known = problems.count
        let order = word(fields, "order", default: OrderWord.turns)
        let isOrderKnown = problems.count == known
        pool.ageing = length(fields, "ageing") ?? pool.ageing
        if order == .strict, names == ["*"], let pair = fields["order"] {
            report(pair.value.mark, "order: strict goes by the order of the list, and \"*\" has none. Name the queues.")
        }
        if order == .turns, isOrderKnown, let pair = fields["ageing"] {
            report(pair.keyMark, "ageing has no effect when queues take turns. Remove it, or write order: strict.")
        }
        if order == .strict { pool.order = .strict }
        guard let pair = fields["weights"] else {
            if order == .weighted, let pair = fields["order"] {
                report(pair.value.mark, "order: weighted needs weights. Add for example weights: { execution: 6 }.")
            }
            return
        }
        if order != .weighted, isOrderKnown {
            report(pair.keyMark, "weights have no effect on the order \(order). Write order: weighted.")
        }
        let weights = counts(pair, of: names, upTo: 1000)
        if order == .weighted { pool.order = .weighted(Self.byQueue(weights)) }
    }

    private mutating func reserved(_ fields: SourceFields, _ names: [String], _ pool: inout WorkerPool) {
        guard let pair = fields["reserved"] else { return }
        let slots = counts(pair, of: names, upTo: 1023)
        pool.reserved = Self.byQueue(slots)
        let total = slots.values.reduce(0, +)
        if total >= pool.concurrency {
            report(
                pair.value.mark,
                "\(total) reserved slots leave none of the \(pool.concurrency) for other queues. "
                    + (pool.concurrency > 1
                        ? "Reserve at most \(pool.concurrency - 1)." : "Raise concurrency, or remove reserved."))
        }
    }

    /// Numbers by queues of the pool.
    private mutating func counts(_ pair: SourceNode.Pair, of names: [String], upTo most: Int) -> [String: Int] {
        guard case .mapping(let pairs) = pair.value.content else {
            report(
                pair.value.mark,
                "\(pair.key) takes a mapping of queues to numbers, not \(pair.value.shown). Write { execution: 1 }.")
            return [:]
        }
        // Without a list of queues that fault has been reported, and nothing can be compared with it.
        let served = names == ["*"] ? queueNames : names.isEmpty ? nil : Set(names)
        var counts: [String: Int] = [:]
        for pair in pairs {
            if let served, !served.contains(pair.key) {
                report(
                    pair.keyMark,
                    "the pool does not serve the queue '\(pair.key.shortened)'. " + choice(for: pair.key, of: served))
            }
            if let count = integer(pair, 1...most) { counts[pair.key] = count }
        }
        return counts
    }

    /// Without names that are none: those have been reported.
    private static func byQueue(_ counts: [String: Int]) -> [QueueName: Int] {
        var byQueue: [QueueName: Int] = [:]
        for (name, count) in counts { if let queue = try? QueueName(name) { byQueue[queue] = count } }
        return byQueue
    }

    /// The pool's own queues, then those in which the messages of its Celery queues are jobs.
    private mutating func poolQueues(_ fields: SourceFields, _ celery: CeleryPoolRules?) -> [String] {
        let native = celery.map { $0.nativeQueues.map(\.description) } ?? []
        let names = fields["queues"].map { listed($0) }
        guard let names else {
            // A Celery section that is wrong has been reported, and would have given queues.
            if fields["celery"] == nil { reportNoQueues(fields) }
            return native
        }
        return names.contains("*") ? names : names + native.filter { !names.contains($0) }
    }

    private mutating func reportNoQueues(_ fields: SourceFields) {
        report(
            fields.mark,
            "\(fields.owner) has no queues. Add for example queues: [execution], or queues: [\"*\"] for all.")
    }

    private mutating func listed(_ pair: SourceNode.Pair) -> [String] {
        guard case .sequence(let nodes) = pair.value.content, !nodes.isEmpty else {
            report(
                pair.value.mark,
                "queues takes a list of queue names, not \(pair.value.shown). Write [execution, evaluation].")
            return []
        }
        var names: [String] = []
        for node in nodes {
            guard case .scalar(let scalar) = node.content, !scalar.isNull else {
                report(node.mark, "queues takes names, not \(node.shown). Write [execution, evaluation].")
                continue
            }
            if names.contains(scalar.text) {
                report(node.mark, "the queue '\(scalar.text.shortened)' is listed twice. Remove one of the two.")
            } else if scalar.text == "*" {
                if nodes.count > 1 {
                    report(node.mark, "\"*\" already means every queue. Remove the others, or the \"*\".")
                }
            } else if let queueNames, !queueNames.contains(scalar.text) {
                report(node.mark, unknownQueue(scalar.text))
            }
            names.append(scalar.text)
        }
        return names
    }

    func unknownQueue(_ name: String) -> String {
        let remedy = queueNames.map { $0.isEmpty ? "Declare it under queues." : choice(for: name, of: $0) } ?? ""
        return "no queue is called '\(name.shortened)'. \(remedy)"
    }
}
