import JobQueue

/// The key `celery` of the file and of its pools.
extension ScheduleFileReader {
    mutating func celery(_ pair: SourceNode.Pair?) -> CeleryRules {
        var rules = CeleryRules()
        let keys = [
            "tasks", "track_started", "result_expires", "result_extended", "result_prefix", "visibility_timeout",
            "control", "prefix",
        ]
        let elsewhere = ["queues": "celery has no queues here. Name them in a pool: celery: { queues: [celery] }."]
        guard let pair,
            let fields = fields(
                of: pair.value, owner: "celery", mark: pair.keyMark, allowed: keys, refused: elsewhere)
        else { return rules }
        rules.tasks = celeryTasks(fields["tasks"])
        rules.tracksStarted = truth(fields, "track_started", default: false)
        rules.resultExpires = resultExpires(fields) ?? rules.resultExpires
        rules.extendsResults = truth(fields, "result_extended", default: false)
        rules.resultPrefix = prefix(fields, "result_prefix") ?? ""
        rules.visibilityTimeout = seconds(fields, "visibility_timeout") ?? rules.visibilityTimeout
        rules.control = word(fields, "control", default: .full)
        rules.prefix = prefix(fields, "prefix") ?? ""
        return rules
    }

    /// What a pool takes from Celery; nil where it says nothing, or after reporting.
    /// - Parameter whole: what the file says of Celery.
    mutating func celeryPool(_ pool: String, _ pair: SourceNode.Pair?, _ whole: CeleryRules) -> CeleryPoolRules? {
        guard let pair,
            let fields = fields(
                of: pair.value, owner: "celery of pool '\(pool)'", mark: pair.keyMark,
                allowed: ["queues", "control", "prefix"])
        else { return nil }
        let control = word(fields, "control", default: whole.control)
        let prefix = prefix(fields, "prefix") ?? whole.prefix
        guard let list = fields["queues"] else {
            report(pair.keyMark, "\(fields.owner) has no queues. Add for example queues: [celery].")
            return nil
        }
        let queues = celeryQueues(list)
        return queues.isEmpty ? nil : CeleryPoolRules(pool: pool, queues: queues, control: control, prefix: prefix)
    }

    private mutating func celeryQueues(_ pair: SourceNode.Pair) -> [String] {
        guard case .sequence(let nodes) = pair.value.content, !nodes.isEmpty else {
            report(
                pair.value.mark,
                "queues takes a list of Celery's queues, not \(pair.value.shown). Write [celery, market-data].")
            return []
        }
        var names: [String] = []
        for node in nodes {
            guard case .scalar(let scalar) = node.content, !scalar.isNull, Self.isCeleryName(scalar.text) else {
                report(
                    node.mark,
                    "queues takes names of Celery's queues, 1 to 200 characters without control characters, not "
                        + "\(node.shown). Write [celery, market-data].")
                continue
            }
            if names.contains(scalar.text) {
                report(node.mark, "the queue '\(scalar.text.shortened)' is listed twice. Remove one of the two.")
            }
            names.append(scalar.text)
        }
        return names
    }

    /// Names of Celery's tasks and queues; the fleet puts them into keys and lines of text.
    private static func isCeleryName(_ text: String) -> Bool {
        (1...200).contains(text.unicodeScalars.count) && !hasControlCharacters(text)
    }

    private static func hasControlCharacters(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

    private mutating func prefix(_ fields: SourceFields, _ key: String) -> String? {
        guard let pair = fields[key], let text = text(pair, for: "what keys begin with, such as trader:") else {
            return nil
        }
        guard text.unicodeScalars.count <= 200, !Self.hasControlCharacters(text) else {
            report(
                pair.value.mark,
                "\(key) takes up to 200 characters without control characters. Write for example \(key): \"trader:\".")
            return nil
        }
        return text
    }

    private mutating func resultExpires(_ fields: SourceFields) -> Duration? {
        if let pair = fields["result_expires"], integerText(pair.value) == 0 { return .zero }
        return seconds(fields, "result_expires")
    }

    /// Celery counts whole seconds.
    private mutating func seconds(_ fields: SourceFields, _ key: String) -> Duration? {
        guard let length = length(fields, key) else { return nil }
        if length < .seconds(1), let pair = fields[key] {
            report(pair.value.mark, "\(key) takes at least 1s. Write for example \(key): 1h.")
        }
        return length
    }

    private mutating func celeryTasks(_ section: SourceNode.Pair?) -> [CeleryTaskRule] {
        guard let section else { return [] }
        guard case .mapping(let pairs) = section.value.content else {
            report(
                section.value.mark,
                "tasks takes a mapping of task names to kinds, not \(section.value.shown). "
                    + "Write { reports.daily: { kind: rebalance } }.")
            return []
        }
        return pairs.compactMap { celeryTask($0) }.sorted { $0.name < $1.name }
    }

    private mutating func celeryTask(_ pair: SourceNode.Pair) -> CeleryTaskRule? {
        if !Self.isCeleryName(pair.key) {
            report(
                pair.keyMark,
                "'\(pair.key.shortened)' is not a task name. Use 1 to 200 characters without control characters.")
        }
        let owner = "task '\(pair.key.shortened)'"
        guard
            let fields = fields(
                of: pair.value, owner: owner, mark: pair.keyMark, allowed: ["kind", "args", "parameters"])
        else { return nil }
        let args = taskArguments(fields)
        let parameters = fields["parameters"].map { self.parameters($0) } ?? []
        let names = kinds.map(\.name)
        guard let kindPair = fields["kind"] else {
            report(pair.keyMark, "\(owner) has no kind. Add one of: \(names.sorted().joined(separator: ", ")).")
            return nil
        }
        guard let name = text(kindPair, for: "a kind of job") else { return nil }
        guard let kind = kinds.first(where: { $0.name == name }) else {
            report(
                kindPair.value.mark, "no job kind is called '\(name.shortened)'. \(choice(for: name, of: names))")
            return nil
        }
        let rule = CeleryTaskRule(name: pair.key, kind: name, argsJSON: args ?? "{}", parameters: parameters)
        if args != nil { check(rule, kind, fields, at: fields["args"]?.keyMark ?? pair.keyMark) }
        return rule
    }

    /// Each argument in the file has to be one that the kind takes. What is missing a call may add, so that is left to
    /// the worker, which checks all of them together.
    private mutating func check(
        _ rule: CeleryTaskRule, _ kind: KnownKind, _ fields: SourceFields, at mark: SourceMark
    ) {
        guard let rules = kind.arguments else { return }
        for problem in rules.problems(in: Array(rule.argsJSON.utf8)) where problem.field != nil {
            report(mark, "arguments of kind \(kind.name): " + problem.message)
        }
    }

    /// - Returns: nil after reporting.
    private mutating func taskArguments(_ fields: SourceFields) -> String? {
        guard let pair = fields["args"] else { return "{}" }
        guard case .mapping = pair.value.content else {
            report(
                pair.value.mark, "args takes a mapping, not \(pair.value.shown). Write for example { what: quotes }.")
            return nil
        }
        var refusals: [JSONText.Refusal] = []
        let text = JSONText.text(of: pair.value, refusals: &refusals)
        for refusal in refusals { report(refusal.mark, refusal.message) }
        return refusals.isEmpty ? text : nil
    }

    private mutating func parameters(_ pair: SourceNode.Pair) -> [String] {
        guard case .sequence(let nodes) = pair.value.content else {
            report(
                pair.value.mark,
                "parameters takes a list of argument names, not \(pair.value.shown). Write [product_id].")
            return []
        }
        var names: [String] = []
        for node in nodes {
            guard case .scalar(let scalar) = node.content, !scalar.isNull,
                scalar.text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]{0,63}/) != nil
            else {
                report(node.mark, "parameters takes names as Python has them, not \(node.shown). Write [product_id].")
                continue
            }
            if names.contains(scalar.text) {
                report(node.mark, "the parameter '\(scalar.text)' is listed twice. Remove one of the two.")
            }
            names.append(scalar.text)
        }
        return names
    }
}
