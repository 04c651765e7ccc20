extension ScheduleFileReader {
    mutating func limit(_ entry: Entry) -> LimitEntry? {
        guard
            let fields = fields(
                of: entry.node, owner: "limit '\(entry.name)'", mark: entry.mark, allowed: ["rate", "burst", "reserve"])
        else { return nil }
        let rate = rate(fields)
        let burst = fields["burst"].flatMap { integer($0, 1...1_000_000) } ?? rate?.count
        let reserve = reserve(fields, burst: burst ?? .max)
        guard let rate, let burst else { return nil }
        return LimitEntry(name: entry.name, rate: rate, burst: burst, reserve: reserve, line: entry.mark.line)
    }

    private mutating func rate(_ fields: SourceFields) -> Rate? {
        guard let pair = fields["rate"] else {
            report(fields.mark, "\(fields.owner) has no rate. Add for example rate: 10/s.")
            return nil
        }
        guard let text = text(pair, for: "a rate such as 10/s") else { return nil }
        do {
            return try Quantity.rate(text)
        } catch {
            report(pair.value.mark, error.description)
            return nil
        }
    }

    private mutating func reserve(_ fields: SourceFields, burst: Int) -> [String: Int] {
        guard let pair = fields["reserve"] else { return [:] }
        guard case .mapping(let pairs) = pair.value.content else {
            report(
                pair.value.mark,
                "reserve takes a mapping of queues to tokens, not \(pair.value.shown). Write { execution: 4 }.")
            return [:]
        }
        var reserve: [String: Int] = [:]
        for pair in pairs {
            let classes = (queueNames ?? [pair.key]).union(kinds.map(\.name))
            if !classes.contains(pair.key) {
                report(
                    pair.keyMark,
                    "tokens are reserved for '\(pair.key.shortened)', which is neither a queue nor a kind. "
                        + choice(for: pair.key, of: classes))
            }
            if let count = integer(pair, 1...1_000_000) { reserve[pair.key] = count }
        }
        let total = reserve.values.reduce(0, +)
        if total >= burst {
            report(
                pair.value.mark,
                "the reserve of \(total) leaves nothing of the burst of \(burst) for other jobs. "
                    + "Reserve at most \(burst - 1)."
            )
        }
        return reserve
    }

    mutating func queue(_ entry: Entry) -> QueueEntry? {
        queueColumns[entry.name] = entry.mark.column
        let keys = ["limit", "timeout", "retry", "max_crashes", "retention"]
        guard let fields = fields(of: entry.node, owner: "queue '\(entry.name)'", mark: entry.mark, allowed: keys)
        else {
            return nil
        }
        var queue = QueueEntry(name: entry.name, line: entry.mark.line)
        if let pair = fields["limit"], let name = text(pair, for: "the name of a limit") {
            queue.limit = name
            if let limitNames, !limitNames.contains(name) {
                let remedy = limitNames.isEmpty ? "Declare it under limits." : choice(for: name, of: limitNames)
                report(pair.value.mark, "no limit is called '\(name.shortened)'. \(remedy)")
            }
        }
        queue.timeoutMilliseconds = duration(fields, "timeout") ?? queue.timeoutMilliseconds
        queue.retentionMilliseconds = duration(fields, "retention") ?? queue.retentionMilliseconds
        queue.maxCrashes = fields["max_crashes"].flatMap { integer($0, 1...1000) } ?? queue.maxCrashes
        if let pair = fields["retry"] { queue.retry = retry(pair) }
        return queue
    }

    private mutating func retry(_ pair: SourceNode.Pair) -> RetryEntry {
        var retry = RetryEntry()
        let keys = ["attempts", "backoff", "base", "max", "jitter"]
        guard let fields = fields(of: pair.value, owner: "retry", mark: pair.keyMark, allowed: keys) else {
            return retry
        }
        retry.attempts = fields["attempts"].flatMap { integer($0, 1...1000) } ?? retry.attempts
        retry.backoff = word(fields, "backoff", default: retry.backoff)
        retry.jitter = word(fields, "jitter", default: retry.jitter)
        retry.baseMilliseconds = duration(fields, "base") ?? retry.baseMilliseconds
        let longest = duration(fields, "max")
        retry.maxMilliseconds = longest ?? max(retry.maxMilliseconds, retry.baseMilliseconds)
        if let longest, longest < retry.baseMilliseconds, let pair = fields["max"] {
            report(
                pair.value.mark, "the longest delay (max) is shorter than the first (base). Use a max of at least base."
            )
        }
        return retry
    }

    mutating func pool(_ entry: Entry) -> PoolEntry? {
        let keys = ["queues", "processes", "concurrency", "grace"]
        let refused = ["autoscale": "autoscale is not supported by this version. Set processes."]
        guard
            let fields = fields(
                of: entry.node, owner: "pool '\(entry.name)'", mark: entry.mark, allowed: keys, refused: refused)
        else { return nil }
        var pool = PoolEntry(name: entry.name, queues: poolQueues(fields), line: entry.mark.line)
        pool.processes = fields["processes"].flatMap { integer($0, 0...256) } ?? pool.processes
        pool.concurrency = fields["concurrency"].flatMap { integer($0, 1...1024) } ?? pool.concurrency
        pool.graceMilliseconds = duration(fields, "grace") ?? pool.graceMilliseconds
        return pool
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
