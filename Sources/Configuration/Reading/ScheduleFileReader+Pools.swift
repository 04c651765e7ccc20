import JobQueue

extension ScheduleFileReader {
    mutating func pool(_ entry: Entry) -> PoolEntry? {
        let keys = [
            "queues", "order", "weights", "ageing", "reserved", "processes", "concurrency", "grace", "kill_after",
        ]
        let refused = ["autoscale": "autoscale is not supported by this version. Set processes."]
        guard
            let fields = fields(
                of: entry.node, owner: "pool '\(entry.name)'", mark: entry.mark, allowed: keys, refused: refused)
        else { return nil }
        var pool = PoolEntry(name: entry.name, queues: poolQueues(fields), line: entry.mark.line)
        pool.processes = fields["processes"].flatMap { integer($0, 0...512) } ?? pool.processes
        pool.concurrency = fields["concurrency"].flatMap { integer($0, 1...1024) } ?? pool.concurrency
        pool.graceMilliseconds = duration(fields, "grace") ?? pool.graceMilliseconds
        pool.killAfterMilliseconds = duration(fields, "kill_after") ?? pool.killAfterMilliseconds
        order(fields, &pool)
        reserved(fields, &pool)
        return pool
    }

    private mutating func order(_ fields: SourceFields, _ pool: inout PoolEntry) {
        let known = problems.count
        pool.order = word(fields, "order", default: pool.order)
        let isOrderKnown = problems.count == known
        pool.ageingMilliseconds = duration(fields, "ageing") ?? pool.ageingMilliseconds
        if pool.order == .strict, pool.queues == ["*"], let pair = fields["order"] {
            report(pair.value.mark, "order: strict goes by the order of the list, and \"*\" has none. Name the queues.")
        }
        if pool.order == .turns, isOrderKnown, let pair = fields["ageing"] {
            report(pair.keyMark, "ageing has no effect when queues take turns. Remove it, or write order: strict.")
        }
        guard let pair = fields["weights"] else {
            if pool.order == .weighted, let pair = fields["order"] {
                report(pair.value.mark, "order: weighted needs weights. Add for example weights: { execution: 6 }.")
            }
            return
        }
        if pool.order != .weighted, isOrderKnown {
            report(pair.keyMark, "weights have no effect on the order \(pool.order). Write order: weighted.")
        }
        pool.weights = counts(pair, of: pool, upTo: 1000)
    }

    private mutating func reserved(_ fields: SourceFields, _ pool: inout PoolEntry) {
        guard let pair = fields["reserved"] else { return }
        pool.reserved = counts(pair, of: pool, upTo: 1023)
        let total = pool.reserved.values.reduce(0, +)
        if total >= pool.concurrency {
            report(
                pair.value.mark,
                "\(total) reserved slots leave none of the \(pool.concurrency) for other queues. "
                    + (pool.concurrency > 1
                        ? "Reserve at most \(pool.concurrency - 1)." : "Raise concurrency, or remove reserved."))
        }
    }

    /// Numbers by queues of the pool.
    private mutating func counts(_ pair: SourceNode.Pair, of pool: PoolEntry, upTo most: Int) -> [String: Int] {
        guard case .mapping(let pairs) = pair.value.content else {
            report(
                pair.value.mark,
                "\(pair.key) takes a mapping of queues to numbers, not \(pair.value.shown). Write { execution: 1 }.")
            return [:]
        }
        // Without a list of queues that fault has been reported, and nothing can be compared with it.
        let served = pool.queues == ["*"] ? queueNames : pool.queues.isEmpty ? nil : Set(pool.queues)
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

    private mutating func poolQueues(_ fields: SourceFields) -> [String] {
        guard let pair = fields["queues"] else {
            report(
                fields.mark,
                "\(fields.owner) has no queues. Add for example queues: [execution], or queues: [\"*\"] for all.")
            return []
        }
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
