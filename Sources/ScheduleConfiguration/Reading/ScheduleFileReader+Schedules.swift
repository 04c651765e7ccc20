import JobQueue
import Time

extension ScheduleFileReader {
    private static let keys = [
        "job", "every", "cron", "offset", "timezone", "days", "gap", "overlap_hour", "enabled", "args", "queue",
        "priority", "misfire", "misfire_max", "within", "overlap", "overlap_max", "for_each", "spread", "jitter",
        "window", "quiet", "start", "end", "pause_after_failures", "at_start", "renamed_from", "was", "description",
    ]

    mutating func schedule(_ entry: Entry, fileZone: String) -> ScheduleEntry? {
        let owner = "schedule '\(entry.name)'"
        guard let fields = fields(of: entry.node, owner: owner, mark: entry.mark, allowed: Self.keys) else {
            return nil
        }
        let before = problems.count
        let kind = kind(fields)
        let queue = queue(fields, kind: kind)
        let cadence = cadence(fields, fileZone: fileZone)
        let misfire = word(fields, "misfire", default: kind?.misfire ?? MisfirePolicy.once)
        let (spread, jitter) = delays(fields, cadence: cadence)
        let forEach = forEach(fields, kind: kind)
        var result = ScheduleEntry(
            name: entry.name, job: kind?.name ?? "", queue: queue ?? "",
            cadence: cadence ?? .every(milliseconds: 60_000, offset: 0), argsJSON: args(fields, forEach),
            forEach: forEach, spreadMilliseconds: spread, misfire: misfire,
            withinMilliseconds: within(fields, misfire: misfire),
            overlap: word(fields, "overlap", default: OverlapPolicy.skip),
            priority: fields["priority"].flatMap { integer($0, 0...9) } ?? 0,
            enabled: truth(fields, "enabled", default: true), atStart: truth(fields, "at_start", default: false),
            description: fields["description"].flatMap { text($0, for: "a text") } ?? "")
        let oldName = fields["renamed_from"] ?? fields["was"]
        result.renamedFrom = oldName.flatMap { text($0, for: "the name that the entry had before") }
        result.hours = hours(fields, fileZone: fileZone)
        result.jitterMilliseconds = jitter
        result.misfireMax = maximum(fields, "misfire_max", of: "misfire: all", applies: misfire == .all)
        result.overlapMax = maximum(
            fields, "overlap_max", of: "overlap: queue-all", applies: result.overlap == .queueAll)
        result.pauseAfterFailures = fields["pause_after_failures"].flatMap { integer($0, 1...100) }
        if let pair = oldName { renames.append((entry.name, pair)) }
        // What is wrong otherwise comes first: it may be the reason.
        if let kind, problems.count == before { checkArguments(of: result, kind, fields) }
        return kind == nil || queue == nil || cadence == nil ? nil : result
    }

    private mutating func maximum(_ fields: SourceFields, _ key: String, of policy: String, applies: Bool) -> Int {
        guard let pair = fields[key] else { return ScheduleEntry.defaultMax }
        if !applies { report(pair.keyMark, "\(key) has an effect only with \(policy). Remove it, or write \(policy).") }
        return integer(pair, 1...100) ?? ScheduleEntry.defaultMax
    }

    /// An old name must be free, and one entry's alone, or two would share a history.
    mutating func checkRenames() {
        var taken: [String: String] = [:]
        for (name, pair) in renames {
            guard case .scalar(let scalar) = pair.value.content else { continue }
            checkName(scalar.text, at: pair.value.mark)
            if scheduleNames?.contains(scalar.text) ?? false {
                report(
                    pair.value.mark,
                    "'\(scalar.text.shortened)' is an entry of this file. Remove \(pair.key), or that entry.")
            } else if let other = taken[scalar.text] {
                report(
                    pair.value.mark,
                    "'\(other)' was '\(scalar.text.shortened)' too. Keep \(pair.key) in one of the two.")
            }
            taken[scalar.text] = name
        }
    }

    private mutating func kind(_ fields: SourceFields) -> KnownKind? {
        let names = kinds.map(\.name).sorted().joined(separator: ", ")
        guard let pair = fields["job"] else {
            report(fields.mark, "\(fields.owner) has no job. Add job: with one of: \(names).")
            return nil
        }
        guard let name = text(pair, for: "the name of a kind of job") else { return nil }
        if let kind = kinds.first(where: { $0.name == name }) { return kind }
        let hint =
            SpellingSuggestion.suggestion(for: name, among: kinds.map(\.name)).map { " Did you mean \($0)?" } ?? ""
        report(pair.value.mark, "no job kind is called '\(name.shortened)'. Use one of: \(names).\(hint)")
        return nil
    }

    private mutating func queue(_ fields: SourceFields, kind: KnownKind?) -> String? {
        if let pair = fields["queue"] {
            guard let name = text(pair, for: "the name of a queue") else { return nil }
            guard let queueNames, !queueNames.contains(name) else { return name }
            report(pair.value.mark, unknownQueue(name))
            return nil
        }
        // Without a kind there is no default, and the missing kind has been reported.
        guard let kind else { return "" }
        if let queueNames, !queueNames.contains(kind.queue) {
            report(
                fields["job"]?.value.mark ?? fields.mark,
                "jobs of the kind \(kind.name) go to the queue '\(kind.queue)', which is not declared. "
                    + "Declare it under queues, or set queue to another.")
            return nil
        }
        return kind.queue
    }

    private mutating func args(_ fields: SourceFields, _ forEach: ForEach?) -> String {
        guard let pair = fields["args"] else { return "{}" }
        guard case .mapping(let members) = pair.value.content else {
            report(
                pair.value.mark, "args takes a mapping, not \(pair.value.shown). Write for example { what: quotes }.")
            return "{}"
        }
        if let own = members.first(where: { $0.key == forEach?.argument }) {
            report(own.keyMark, "args holds \(own.key), which for_each sets to each job's own entity. Remove it here.")
        }
        var refusals: [JSONText.Refusal] = []
        let text = JSONText.text(of: pair.value, refusals: &refusals)
        for refusal in refusals { report(refusal.mark, refusal.message) }
        return text
    }

    private mutating func forEach(_ fields: SourceFields, kind: KnownKind?) -> ForEach? {
        guard let pair = fields["for_each"] else { return nil }
        if case .sequence(let nodes) = pair.value.content {
            return entities(nodes, at: pair).map { names in
                kind?.entityArgument.map { ForEach(.list(names), argument: $0) } ?? ForEach(.list(names))
            }
        }
        let choices = sources.isEmpty ? "a list" : sources.map(\.name).joined(separator: ", ") + " or a list"
        guard let name = text(pair, for: choices) else { return nil }
        if let source = sources.first(where: { $0.name == name }) {
            return ForEach(.named(name), argument: source.argument)
        }
        report(pair.value.mark, "'\(name.shortened)' is not a source of entities. Use for_each: \(choices).")
        return nil
    }

    private mutating func entities(_ nodes: [SourceNode], at pair: SourceNode.Pair) -> [String]? {
        guard (1...ForEach.limit).contains(nodes.count) else {
            report(pair.value.mark, "a list of \(nodes.count) entities. Name 1 to \(ForEach.limit).")
            return nil
        }
        var names: [String] = []
        for node in nodes {
            guard case .scalar(let scalar) = node.content, !scalar.isNull, EntityName.isValid(scalar.text) else {
                report(node.mark, "an entity is a name, not \(node.shown). \(EntityName.rule)")
                continue
            }
            if names.contains(scalar.text) {
                report(node.mark, "the entity '\(scalar.text)' is listed twice. Remove one of the two.")
            }
            names.append(scalar.text)
        }
        return names
    }

    private mutating func within(_ fields: SourceFields, misfire: MisfirePolicy) -> Int64? {
        guard let pair = fields["within"], let age = duration(fields, "within") else { return nil }
        if misfire == .skip {
            report(
                pair.keyMark, "within has no effect when missed ticks are skipped. Remove it, or write misfire: once.")
        }
        return age
    }
}

/// What an entity of a fan-out may be called: its name is part of job ids.
public enum EntityName {
    /// What an invalid name is answered with.
    public static let rule = "Use 1 to 48 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."

    /// Whether it is 1 to 48 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit.
    public static func isValid(_ name: String) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]{0,47}/) != nil
    }
}
