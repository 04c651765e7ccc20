import Time

extension ScheduleFileReader {
    /// - Returns: nil after reporting.
    mutating func cadence(_ fields: SourceFields, fileZone: String) -> Cadence? {
        switch (fields["every"], fields["cron"]) {
        case (nil, nil):
            report(fields.mark, "\(fields.owner) has no cadence. Add every: 30s, or cron: \"0 8 * * MON-FRI\".")
            return nil
        case (_?, let cron?):
            report(cron.keyMark, "\(fields.owner) has both every and cron. Keep one of them.")
            return nil
        case (_?, nil): return interval(fields, of: duration(fields, "every"))
        case (nil, let cron?): return cronCadence(cron, fields, fileZone: fileZone)
        }
    }

    private mutating func interval(_ fields: SourceFields, of interval: Int64?) -> Cadence? {
        let isLocal = Self.hourKeys.contains { fields[$0] != nil }
        let clockKeys = ["days", "gap", "overlap_hour"]
        for key in isLocal ? clockKeys : ["timezone"] + clockKeys {
            guard let pair = fields[key] else { continue }
            report(pair.keyMark, "\(key) has no effect on an interval. Remove it, or use cron instead of every.")
        }
        let offset = duration(fields, "offset") ?? 0
        guard let interval else { return nil }
        guard interval >= Cadence.shortestInterval else {
            report(
                (fields["every"] ?? fields["cron"])?.value.mark ?? fields.mark,
                "an interval must be at least 100ms. Use every: 100ms or longer.")
            return nil
        }
        if offset >= interval, let pair = fields["offset"] {
            report(pair.value.mark, "the offset must be shorter than the interval. Use less than every.")
            return nil
        }
        return .every(milliseconds: interval, offset: offset)
    }

    private mutating func cronCadence(_ pair: SourceNode.Pair, _ fields: SourceFields, fileZone: String) -> Cadence? {
        guard let expression = text(pair, for: "a cron expression in quotes") else { return nil }
        // The dialect writes intervals both ways; this one has the meaning of `every`.
        if let text = Cadence.interval(in: expression) { return interval(fields, of: every(text, at: pair.value)) }
        if let offset = fields["offset"] {
            report(offset.keyMark, "offset has no effect on cron. Put the time into the expression, or use every.")
        }
        let days = word(fields, "days", default: CronExpression.DayRule.any)
        let gap: CronExpression.GapRule? = word(fields, "gap")
        let overlapHour: CronExpression.OverlapHourRule? = word(fields, "overlap_hour")
        var zone = fileZone
        var mark = pair.value.mark
        if let named = fields["timezone"], let name = text(named, for: "a time zone such as Europe/Berlin") {
            (zone, mark) = (name, named.value.mark)
        }
        let rules = rules(named: zone, at: mark)
        do {
            let cron = try CronExpression(expression, dayRule: days, gap: gap, overlapHour: overlapHour)
            if let rules, cron.next(after: Self.today, in: rules) == nil {
                report(pair.value.mark, "this never fires in \(zone): the clocks skip its time. Use gap: run-after.")
            }
            return rules.map { .cron(cron, $0) }
        } catch .cron(_, let problem) {
            report(place(of: problem, in: pair.value), problem.sentence)
        } catch {
            report(pair.value.mark, error.description)
        }
        return nil
    }

    /// The end of the year 2025: times that only ever existed before are no use to anybody.
    private static let today: Int64 = 1_767_225_600

    private mutating func every(_ text: String, at node: SourceNode) -> Int64? {
        do {
            return try DurationParser.milliseconds(text)
        } catch {
            report(node.mark, error.description)
            return nil
        }
    }

    /// The very column, where the text stands in the file as it was read: escapes and folded lines shift it.
    private func place(of problem: CronProblem, in node: SourceNode) -> SourceMark {
        guard case .scalar(let scalar) = node.content, !scalar.text.contains(where: { $0 == "\\" || $0 == "\n" }) else {
            return node.mark
        }
        return SourceMark(line: node.mark.line, column: node.mark.column + problem.offset + (scalar.isPlain ? 0 : 1))
    }

    /// The spread, and with it the jitter, may not exceed the shortest time between two ticks, or the next tick would
    /// overtake.
    mutating func delays(_ fields: SourceFields, cadence: Cadence?) -> (spread: Int64, jitter: Int64) {
        let spread = duration(fields, "spread") ?? 0
        let jitter = duration(fields, "jitter") ?? 0
        guard spread + jitter > 0, let cadence else { return (spread, jitter) }
        var shortest = Int64.max
        switch cadence {
        case .every(let interval, _): shortest = interval
        case .cron:
            // A sample of the ticks since 2000; enough to see the rhythm of any expression people write.
            let ticks = cadence.ticks(after: 946_684_800_000, through: .max, limit: 200)
            for (earlier, later) in zip(ticks, ticks.dropFirst()) { shortest = min(shortest, later - earlier) }
        }
        if spread + jitter > shortest, let pair = fields[spread > shortest || jitter == 0 ? "spread" : "jitter"] {
            let both = "spread and the jitter are together"
            let what = spread > shortest ? "spread is" : spread == 0 ? "jitter is" : both
            report(
                pair.value.mark,
                "the \(what) longer than the shortest time between two ticks (\(shortest / 1000)s). "
                    + "Use at most that.")
        }
        return (spread, jitter)
    }
}
