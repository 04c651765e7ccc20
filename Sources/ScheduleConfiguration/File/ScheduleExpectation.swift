import JobQueue
public import Time

/// A test of an entry or a cron expression: exact times, or that it does not run at some. All times are unix
/// milliseconds.
public struct ScheduleExpectation: Sendable, Equatable {
    /// The entry's name, or the expression as it was written.
    public let subject: String
    /// The entry; for an expression, one that ticks when it says. Ticks that its window or a quiet day rules out are
    /// none here.
    public let entry: ScheduleEntry
    /// The first time looked at; every tick from here on counts.
    public let from: Int64
    /// The end of what is looked at, exclusive; nil: as many ticks are compared as are expected.
    public let until: Int64?
    /// When it should tick, ascending.
    public let expect: [Int64]
    /// When it should not, in the order of the file.
    public let not: [Int64]
    /// Where it stands in its file.
    public let line: Int

    /// The cadence that is compared: the entry's own, or that of the expression.
    public var cadence: Cadence { entry.cadence }
}

extension ScheduleExpectation {
    /// Reads a file of expectations; blocks for the read of at most 1 MiB.
    ///
    ///     tests:
    ///       - name: rebalance-portfolio              # an entry of the schedule file
    ///         from: 2026-03-29 01:50                 # without an offset: by the entry's own zone
    ///         expect: [2026-03-29 02:00, 2026-03-29T02:10:00Z]
    ///       - cron: "30 2 * * *"                     # or any cadence, with the keys of an entry
    ///         timezone: Europe/Berlin
    ///         from: 2026-10-24 12:00
    ///         until: 2026-10-26 12:00                # everything until then is compared, not so many as expected
    ///         expect: [2026-10-25T02:30+02:00, 2026-10-26 02:30]
    ///         not: [2026-10-25T02:30+01:00]
    ///
    /// - Parameters:
    ///   - path: also what the errors call the file.
    ///   - schedule: where entries are looked up by name.
    /// - Throws: `unreadable`, or `invalidFile` with everything that is wrong in it.
    public static func read(
        path: String, against schedule: ScheduleFile, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> [ScheduleExpectation] {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path: path, limit: YAMLDocument.byteLimit)
        } catch {
            throw .unreadable(path: path, error.sentence(remedy: "Name a file of expected times."))
        }
        return try parse(bytes, file: path, against: schedule, zones: zones)
    }

    /// - Throws: `invalidFile`.
    static func parse(
        _ bytes: [UInt8], file: String, against schedule: ScheduleFile, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> [ScheduleExpectation] {
        let text: String
        do { text = try SourceText.decode(bytes) } catch { throw .invalidFile(path: file, [error]) }
        let document = YAMLDocument(text)
        var reader = ScheduleFileReader(known: KnownNames(kinds: []), zones: zones, problems: document.problems)
        let root = document.root ?? SourceNode(mark: SourceMark(line: 1, column: 1), content: .mapping([]))
        let result = reader.expectations(root, against: schedule)
        guard reader.problems.isEmpty else {
            throw .invalidFile(
                path: file,
                Set(reader.problems).sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) })
        }
        return result
    }
}

extension ScheduleFileReader {
    fileprivate mutating func expectations(
        _ node: SourceNode, against schedule: ScheduleFile
    ) -> [ScheduleExpectation] {
        guard let fields = fields(of: node, owner: "the file", mark: node.mark, allowed: ["timezone", "tests"]) else {
            return []
        }
        var zone = schedule.timezone
        if let pair = fields["timezone"], let name = text(pair, for: "a time zone such as Europe/Berlin") {
            zone = name
            _ = rules(named: name, at: pair.value.mark)
        }
        guard let pair = fields["tests"], case .sequence(let nodes) = pair.value.content, !nodes.isEmpty else {
            report(
                fields["tests"]?.value.mark ?? node.mark, "there are no tests. Begin with tests: and a list of them.")
            return []
        }
        return nodes.compactMap { expectation($0, fileZone: zone, against: schedule) }
    }

    private mutating func expectation(
        _ node: SourceNode, fileZone: String, against schedule: ScheduleFile
    ) -> ScheduleExpectation? {
        let keys = [
            "name", "cron", "every", "offset", "timezone", "days", "gap", "overlap_hour", "from", "until", "expect",
            "not",
        ]
        guard let fields = fields(of: node, owner: "the test", mark: node.mark, allowed: keys),
            let (subject, entry) = subject(fields, fileZone: fileZone, against: schedule)
        else { return nil }
        var zone = TimeZoneRules.utc
        if case .cron(_, let rules) = entry.cadence { zone = rules }
        let known = problems.count
        let expect = times(fields, "expect", zone)
        let not = times(fields, "not", zone)
        if expect == nil && not == nil {
            report(node.mark, "the test of \(subject) expects nothing. Add expect: or not: with a list of times.")
        }
        let from = fields["from"].flatMap { time($0.value, zone) }
        let until = fields["until"].flatMap { time($0.value, zone) }
        if let pair = fields["until"], expect == nil {
            report(pair.keyMark, "until has an effect only with expect. Remove it, or add expect.")
        } else if let pair = fields["until"], from == nil {
            report(pair.keyMark, "until needs a from. Add the time from which on ticks are compared.")
        }
        for time in expect ?? [] where time < from ?? .min || time >= until ?? .max {
            report(fields["expect"]?.keyMark ?? node.mark, "a time in expect lies before from or not before until.")
        }
        guard problems.count == known else { return nil }
        let sorted = (expect ?? []).sorted()
        return ScheduleExpectation(
            subject: subject, entry: entry, from: from ?? sorted.first ?? 0, until: until, expect: sorted,
            not: not ?? [], line: node.mark.line)
    }

    private mutating func subject(
        _ fields: SourceFields, fileZone: String, against schedule: ScheduleFile
    ) -> (String, ScheduleEntry)? {
        guard let pair = fields["name"] else {
            let text = (fields["cron"] ?? fields["every"]).map { $0.value.shown } ?? ""
            return cadence(fields, fileZone: fileZone).map {
                (text, ScheduleEntry(name: text, job: "", queue: "", cadence: $0))
            }
        }
        for key in ["cron", "every", "offset", "timezone", "days", "gap", "overlap_hour"] {
            guard let other = fields[key] else { continue }
            report(other.keyMark, "\(key) stands beside name. Keep the name, or test an expression of its own.")
        }
        guard let name = text(pair, for: "the name of an entry") else { return nil }
        if let entry = schedule.schedules.first(where: { $0.name == name }) { return (name, entry) }
        report(
            pair.value.mark,
            "the schedule has no entry '\(name.shortened)'. " + choice(for: name, of: schedule.schedules.map(\.name)))
        return nil
    }

    private mutating func times(_ fields: SourceFields, _ key: String, _ zone: TimeZoneRules) -> [Int64]? {
        guard let pair = fields[key] else { return nil }
        guard case .sequence(let nodes) = pair.value.content else {
            report(pair.value.mark, "\(key) takes a list of times, not \(pair.value.shown). Write [2026-03-29 03:00].")
            return []
        }
        return nodes.compactMap { time($0, zone) }
    }

    private mutating func time(_ node: SourceNode, _ zone: TimeZoneRules) -> Int64? {
        let time: WrittenTime
        do throws(TimeError) {
            guard case .scalar(let scalar) = node.content else { throw .time(text: node.shown, "") }
            time = try WrittenTime(scalar.text)
        } catch {
            guard case .time(_, let reason) = error else { return nil }
            report(
                node.mark,
                "\(node.shown) is not a time\(reason.isEmpty ? "" : ": \(reason)"). Write 2026-03-29 03:00 for the "
                    + "entry's own zone, or 2026-03-29T01:00:00Z.")
            return nil
        }
        guard let unix = time.unixMilliseconds else {
            switch zone.instant(of: time.local) {
            case .once(let unix): return unix * 1000 + Int64(time.milliseconds)
            case .gap:
                report(node.mark, "this local time does not exist in \(zone.name). Write the time at which it runs.")
            case .twice:
                report(
                    node.mark,
                    "this local time exists twice in \(zone.name). Write it with an offset, such as +02:00, or in UTC "
                        + "with a Z.")
            }
            return nil
        }
        return unix
    }
}
