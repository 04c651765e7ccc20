extension ScheduleFileReader {
    private static let keys = [
        "job", "every", "cron", "offset", "timezone", "days", "enabled", "args", "queue", "priority", "misfire",
        "within",
        "overlap", "for_each", "spread", "at_start", "description",
    ]

    /// Keys of the scheduling contract that this version refuses rather than ignores.
    private static let refused = [
        "gap": "gap is not supported by this version. Remove it; a time in a gap runs at the first instant after it.",
        "overlap_hour":
            "overlap_hour is not supported by this version. Remove it; a fixed time runs in the first pass only.",
        "was": "was is not supported by this version. Remove it; a renamed entry starts anew.",
    ]

    mutating func schedule(_ entry: Entry, fileZone: String) -> ScheduleEntry? {
        let owner = "schedule '\(entry.name)'"
        guard
            let fields = fields(
                of: entry.node, owner: owner, mark: entry.mark, allowed: Self.keys, refused: Self.refused)
        else { return nil }
        let kind = kind(fields)
        let queue = queue(fields, kind: kind)
        let cadence = cadence(fields, fileZone: fileZone)
        let misfire = word(fields, "misfire", default: kind?.misfire ?? .once, later: ["all"])
        let overlap = word(
            fields, "overlap", default: OverlapPolicy.skip,
            later: ["queue-one", "queue-all", "replace-waiting", "cancel-running"])
        let result = ScheduleEntry(
            name: entry.name, job: kind?.name ?? "", queue: queue ?? "",
            cadence: cadence ?? .every(milliseconds: 60_000, offset: 0), argsJSON: args(fields),
            forEach: forEach(fields),
            spreadMilliseconds: spread(fields, cadence: cadence), misfire: misfire,
            withinMilliseconds: within(fields, misfire: misfire), overlap: overlap,
            priority: fields["priority"].flatMap { integer($0, 0...9) } ?? 0,
            enabled: truth(fields, "enabled", default: true), atStart: truth(fields, "at_start", default: false),
            description: fields["description"].flatMap { text($0, for: "a text") } ?? "", line: entry.mark.line)
        return kind == nil || queue == nil || cadence == nil ? nil : result
    }

    private mutating func kind(_ fields: SourceFields) -> KnownKind? {
        let names = kinds.map(\.name).sorted().joined(separator: ", ")
        guard let pair = fields["job"] else {
            report(fields.mark, "\(fields.owner) has no job. Add job: with one of: \(names).")
            return nil
        }
        guard let name = text(pair, for: "the name of a kind of job") else { return nil }
        if let kind = kinds.first(where: { $0.name == name }) { return kind }
        let hint = NearMiss.suggestion(for: name, among: kinds.map(\.name)).map { " Did you mean \($0)?" } ?? ""
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

    private mutating func args(_ fields: SourceFields) -> String {
        guard let pair = fields["args"] else { return "{}" }
        guard case .mapping = pair.value.content else {
            report(
                pair.value.mark, "args takes a mapping, not \(pair.value.shown). Write for example { what: quotes }.")
            return "{}"
        }
        var refusals: [JSONText.Refusal] = []
        let text = JSONText.text(of: pair.value, refusals: &refusals)
        for refusal in refusals { report(refusal.mark, refusal.message) }
        return text
    }

    private mutating func forEach(_ fields: SourceFields) -> String? {
        guard let pair = fields["for_each"], let source = text(pair, for: "running_bots") else { return nil }
        if source == "running_bots" { return source }
        report(pair.value.mark, "'\(source.shortened)' is not a source of entities. Use for_each: running_bots.")
        return nil
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
