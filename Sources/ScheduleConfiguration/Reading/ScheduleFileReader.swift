import JobQueue
import Time

/// Walks a schedule file's tree, gathers every problem, and makes values of what is right.
///
/// The sections are in extensions, one file each. A value that is wrong is reported and replaced by its default, so
/// that the rest of the file is still checked.
struct ScheduleFileReader {
    let kinds: [KnownKind]
    let sources: [KnownSource]
    let zones: TimeZoneDatabase
    var problems: [ScheduleFileProblem]
    /// What is right and should be mended.
    var warnings: [ScheduleFileProblem] = []
    /// The names declared in a section, also by entries that are wrong; nil when the section could not be read.
    var limitNames: Set<String>?
    var circuitNames: Set<String>?
    var queueNames: Set<String>?
    var calendarNames: Set<String>?
    var scheduleNames: Set<String>?
    /// The limits that are right, by name: queues ask them for tokens.
    var limits: [String: TokenBucket] = [:]
    /// The queues that were read, and the names that pools list; what one of them lacks is known after all are read.
    var declaredQueues: [Entry] = []
    var workedQueues: Set<String> = []
    var calendars: [String: ActiveWindow.QuietDays] = [:]
    /// Entries that had another name, with the key that says so.
    var renames: [(name: String, from: SourceNode.Pair)] = []
    /// Zones already read, or found wanting.
    var zoneRules: [String: TimeZoneRules?] = [:]

    init(known: KnownNames, zones: TimeZoneDatabase, problems: [ScheduleFileProblem]) {
        kinds = known.kinds
        sources = known.sources
        self.zones = zones
        self.problems = problems
    }

    mutating func file(_ node: SourceNode) -> ScheduleFile {
        var file = ScheduleFile()
        guard !node.isNull else { return file }
        let keys = [
            "version", "timezone", "review", "limits", "circuits", "queues", "pools", "celery", "calendars",
            "schedules",
        ]
        guard let fields = fields(of: node, owner: "the file", mark: node.mark, allowed: keys) else { return file }
        if let version = fields["version"], integer(version, 1...1_000_000) != 1 {
            if integerText(version.value) != nil {
                report(version.value.mark, "this version is not known. Write version: 1.")
            }
        }
        file.timezone = timezone(fields)
        file.review = word(fields, "review", default: .risky)
        limitNames = names(in: fields["limits"])
        circuitNames = names(in: fields["circuits"])
        queueNames = names(in: fields["queues"])
        calendarNames = names(in: fields["calendars"])
        scheduleNames = names(in: fields["schedules"])
        file.limits = entries(fields["limits"]).compactMap { limit($0) }
        for limit in file.limits { limits[limit.name] = limit }
        file.circuits = entries(fields["circuits"]).compactMap { circuit($0) }
        file.queues = entries(fields["queues"]).compactMap { queue($0) }
        file.celery = celery(fields["celery"])
        file.pools = entries(fields["pools"]).compactMap { pool($0, &file.celery) }
        for entry in entries(fields["calendars"]) { calendars[entry.name] = calendar(entry) }
        let zone = file.timezone
        file.schedules = entries(fields["schedules"]).compactMap { schedule($0, fileZone: zone) }
        checkRenames()
        checkQueuesAreWorked()
        file.limits.sort { $0.name < $1.name }
        file.circuits.sort { $0.name < $1.name }
        file.queues.sort { $0.name < $1.name }
        file.pools.sort { $0.name < $1.name }
        file.celery.pools.sort { $0.pool < $1.pool }
        file.schedules.sort { $0.name < $1.name }
        return file
    }

    private mutating func timezone(_ fields: SourceFields) -> String {
        guard let pair = fields["timezone"], let name = text(pair, for: "a time zone such as Europe/Berlin") else {
            return "UTC"
        }
        _ = rules(named: name, at: pair.value.mark)
        return name
    }

    /// - Returns: nil after reporting; each zone is reported once, at its first use.
    mutating func rules(named name: String, at mark: SourceMark) -> TimeZoneRules? {
        if let known = zoneRules[name] { return known }
        do {
            let rules = try zones.rules(named: name)
            zoneRules[name] = .some(rules)
            if let warning = rules.warning(named: name) {
                warnings.append(ScheduleFileProblem(line: mark.line, column: mark.column, message: warning))
            }
            return rules
        } catch {
            report(mark, error.description)
            zoneRules[name] = .some(nil)
            return nil
        }
    }

    /// One named entry of a section.
    struct Entry {
        let name: String
        let mark: SourceMark
        let node: SourceNode
    }

    private func names(in section: SourceNode.Pair?) -> Set<String>? {
        guard let section, !section.value.isNull else { return [] }
        guard case .mapping(let pairs) = section.value.content else { return nil }
        return Set(pairs.map(\.key))
    }

    private mutating func entries(_ section: SourceNode.Pair?) -> [Entry] {
        guard let section, !section.value.isNull else { return [] }
        guard case .mapping(let pairs) = section.value.content else {
            report(
                section.value.mark,
                "\(section.key) takes a mapping of names to entries, not \(section.value.shown). "
                    + "Write each as 'name:' and indent its keys."
            )
            return []
        }
        return pairs.map { pair in
            checkName(pair.key, at: pair.keyMark)
            return Entry(name: pair.key, mark: pair.keyMark, node: pair.value)
        }
    }

    mutating func checkName(_ name: String, at mark: SourceMark) {
        guard name.wholeMatch(of: /[a-z0-9][a-z0-9._\-]{0,63}/) == nil else { return }
        report(
            mark,
            "'\(name.shortened)' is not a name. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', "
                + "beginning with a letter or digit."
        )
    }

    private mutating func checkQueuesAreWorked() {
        guard !workedQueues.contains("*") else { return }
        for queue in declaredQueues where !workedQueues.contains(queue.name) {
            // The queue's own line: the mend is in a pool, but the name is here.
            report(
                queue.mark,
                "no pool works the queue '\(queue.name)', so its jobs would wait for ever. "
                    + "Add it to the queues of a pool."
            )
        }
    }

    mutating func report(_ mark: SourceMark, _ message: String) {
        problems.append(ScheduleFileProblem(line: mark.line, column: mark.column, message: message))
    }
}
