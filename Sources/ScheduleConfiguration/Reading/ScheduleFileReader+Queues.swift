import JobQueue

extension ScheduleFileReader {
    mutating func queue(_ entry: Entry) -> QueueRules? {
        let keys = [
            "limit", "circuit", "durability", "max_waiting", "when_full", "fresh_for", "timeout", "retry", "kinds",
            "max_crashes", "retention", "dead_retention", "canary",
        ]
        guard let fields = fields(of: entry.node, owner: "queue '\(entry.name)'", mark: entry.mark, allowed: keys)
        else {
            return nil
        }
        declaredQueues.append(entry)
        let limits = fields["limit"].map { self.limitUses($0, queue: entry.name) } ?? []
        let circuit = circuitName(fields)
        let settings = settings(fields)
        let timeout = length(fields, "timeout")
        let maintenance = maintenance(fields)
        let retry = fields["retry"].map { self.retry($0) } ?? RetryPolicy()
        let kinds = fields["kinds"].map { self.kindRules($0, queueRetry: retry) } ?? [:]
        // A name that is none has been reported, and the file is refused.
        guard let name = try? QueueName(entry.name) else { return nil }
        var queue = QueueRules(
            name: name, limits: limits, circuit: circuit, retry: retry, kinds: kinds, settings: settings,
            maintenance: maintenance)
        queue.timeout = timeout ?? queue.timeout
        return queue
    }

    private mutating func canary(_ fields: SourceFields) -> Duration? {
        guard let interval = length(fields, "canary") else { return nil }
        if interval < .seconds(1) || interval > .seconds(86_400), let pair = fields["canary"] {
            report(pair.value.mark, "canary takes 1s to 1d. Write for example 30s.")
        }
        return interval
    }

    private mutating func maintenance(_ fields: SourceFields) -> MaintenanceRules {
        var rules = MaintenanceRules()
        rules.retention = length(fields, "retention") ?? rules.retention
        rules.canary = canary(fields)
        rules.maxCrashes = fields["max_crashes"].flatMap { integer($0, 1...1000) } ?? rules.maxCrashes
        guard let pair = fields["dead_retention"] else { return rules }
        let keys = ["age", "count"]
        guard let inner = self.fields(of: pair.value, owner: "dead_retention", mark: pair.keyMark, allowed: keys)
        else { return rules }
        if inner["age"] == nil, inner["count"] == nil {
            report(pair.value.mark, "dead_retention says nothing. Write { age: 30d, count: 10000 }, or one of the two.")
        }
        rules.deadAge = length(inner, "age")
        rules.deadCount = inner["count"].flatMap { integer($0, 1...1_000_000) }
        return rules
    }

    /// Each bucket costs a look at Redis before every fetch, so their number is bounded.
    private static let mostLimits = 3

    /// One name, or a list of names and mappings.
    private mutating func limitUses(_ pair: SourceNode.Pair, queue: String) -> [LimitUse] {
        let nodes: [SourceNode]
        switch pair.value.content {
        case .sequence(let list): nodes = list
        case .scalar: nodes = [pair.value]
        case .mapping:
            report(
                pair.value.mark,
                "limit takes the name of a limit or a list, not a mapping. Write [coinbase, { name: orders, cost: 2 }]."
            )
            return []
        }
        if nodes.isEmpty || nodes.count > Self.mostLimits {
            report(
                pair.value.mark,
                "limit takes 1 to \(Self.mostLimits) limits, not \(nodes.count). "
                    + (nodes.isEmpty ? "Name one, or remove the key." : "Keep those that matter most."))
        }
        var uses: [LimitUse] = []
        for node in nodes {
            guard let use = limitUse(node, queue: queue) else { continue }
            if uses.contains(where: { $0.name == use.name }) {
                report(
                    node.mark,
                    "the limit '\(use.name.shortened)' is listed twice. Remove one of the two, and add up their costs.")
            }
            uses.append(use)
        }
        return uses
    }

    private mutating func limitUse(_ node: SourceNode, queue: String) -> LimitUse? {
        if case .scalar(let scalar) = node.content, !scalar.isNull {
            let use = LimitUse(name: scalar.text)
            check(use, at: node.mark, costAt: node.mark, queue: queue)
            return use
        }
        guard case .mapping = node.content,
            let fields = fields(of: node, owner: "a limit of a queue", mark: node.mark, allowed: ["name", "cost"])
        else {
            report(node.mark, "limit takes names, not \(node.shown). Write coinbase, or { name: orders, cost: 2 }.")
            return nil
        }
        let cost = fields["cost"].flatMap { integer($0, 1...1_000_000) } ?? 1
        guard let pair = fields["name"] else {
            report(node.mark, "\(fields.owner) has no name. Write { name: orders, cost: \(cost) }.")
            return nil
        }
        guard let name = text(pair, for: "the name of a limit") else { return nil }
        let use = LimitUse(name: name, cost: cost)
        check(use, at: pair.value.mark, costAt: fields["cost"]?.value.mark ?? node.mark, queue: queue)
        return use
    }

    private mutating func check(_ use: LimitUse, at mark: SourceMark, costAt costMark: SourceMark, queue: String) {
        if let limitNames, !limitNames.contains(use.name) {
            let remedy = limitNames.isEmpty ? "Declare it under limits." : choice(for: use.name, of: limitNames)
            return report(mark, "no limit is called '\(use.name.shortened)'. \(remedy)")
        }
        guard let limit = limits[use.name] else { return }
        let free = limit.burst - limit.reserve.filter { $0.key != queue }.values.reduce(0, +)
        if use.cost > free, free > 0 {
            report(
                costMark,
                "a job would wait for ever: it takes \(use.cost) tokens, and '\(use.name)' never has more than "
                    + "\(free) for this queue. Use a cost of at most \(free), or a larger burst.")
        }
    }

    private mutating func circuitName(_ fields: SourceFields) -> String? {
        guard let pair = fields["circuit"], let name = text(pair, for: "the name of a circuit") else { return nil }
        if let circuitNames, !circuitNames.contains(name) {
            let remedy = circuitNames.isEmpty ? "Declare it under circuits." : choice(for: name, of: circuitNames)
            report(pair.value.mark, "no circuit is called '\(name.shortened)'. \(remedy)")
        }
        return name
    }

    private mutating func settings(_ fields: SourceFields) -> QueueSettings {
        var settings = QueueSettings()
        settings.maxWaiting = fields["max_waiting"].flatMap { integer($0, 1...100_000_000) }
        settings.whenFull = word(fields, "when_full", default: settings.whenFull)
        settings.durability = word(fields, "durability", default: settings.durability)
        settings.freshForMilliseconds = duration(fields, "fresh_for")
        if let pair = fields["when_full"], fields["max_waiting"] == nil {
            report(pair.keyMark, "when_full has no effect without max_waiting. Add for example max_waiting: 10000.")
        }
        return settings
    }

    private mutating func kindRules(_ pair: SourceNode.Pair, queueRetry: RetryPolicy) -> [JobKind: KindRules] {
        guard case .mapping(let pairs) = pair.value.content else {
            report(
                pair.value.mark,
                "kinds takes a mapping of kinds to rules, not \(pair.value.shown). "
                    + "Write { execution: { timeout: 1m } }.")
            return [:]
        }
        let names = kinds.map(\.name)
        var rules: [JobKind: KindRules] = [:]
        for pair in pairs {
            if !names.contains(pair.key) {
                let hint = choice(for: pair.key, of: names)
                report(pair.keyMark, "no job kind is called '\(pair.key.shortened)'. \(hint)")
            }
            let owner = "kind '\(pair.key.shortened)'"
            guard
                let fields = fields(
                    of: pair.value, owner: owner, mark: pair.keyMark, allowed: ["timeout", "retry"])
            else { continue }
            var own = KindRules(timeout: length(fields, "timeout"))
            if let pair = fields["retry"] { own.retry = retry(pair, insteadOf: queueRetry) }
            if let kind = try? JobKind(pair.key) { rules[kind] = own }
        }
        return rules
    }
}
