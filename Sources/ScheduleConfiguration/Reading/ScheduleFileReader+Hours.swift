import JobQueue
import Time

extension ScheduleFileReader {
    /// The keys that the wall clock decides, also for an interval.
    static let hourKeys = ["start", "end", "window", "quiet"]

    mutating func hours(_ fields: SourceFields, fileZone: String) -> ActiveWindow {
        var hours = ActiveWindow()
        guard Self.hourKeys.contains(where: { fields[$0] != nil }) else { return hours }
        var (zone, mark) = (fileZone, fields.mark)
        if let named = fields["timezone"], case .scalar(let scalar) = named.value.content {
            (zone, mark) = (scalar.text, named.value.mark)
        }
        if let rules = rules(named: zone, at: mark) { hours.zone = rules }
        let (first, last) = (date(fields, "start"), date(fields, "end"))
        hours.bound(first: first, last: last)
        if let first, let last, last < first, let pair = fields["end"] {
            report(pair.value.mark, "end lies before start, so it would never tick. Use a later day; end is inclusive.")
        }
        for node in list(fields["window"]) { window(node).map { hours.windows.append($0) } }
        for node in list(fields["quiet"]) { quietDays(node).map { hours.quiet.append($0) } }
        return hours
    }

    /// One value, or a list of them.
    private func list(_ pair: SourceNode.Pair?) -> [SourceNode] {
        guard let pair else { return [] }
        if case .sequence(let nodes) = pair.value.content { return nodes }
        return [pair.value]
    }

    private mutating func date(_ fields: SourceFields, _ key: String) -> Int? {
        guard let pair = fields[key] else { return nil }
        if case .scalar(let scalar) = pair.value.content, let day = LocalDate.day(scalar.text) { return day }
        report(pair.value.mark, "\(key) takes a day, not \(pair.value.shown). Write it like 2026-01-31.")
        return nil
    }

    private mutating func window(_ node: SourceNode) -> ActiveWindow.Window? {
        if case .scalar(let scalar) = node.content, let window = ActiveWindow.Window(scalar.text) { return window }
        report(
            node.mark,
            "window takes days, hours or both, not \(node.shown). Write for example MON-FRI 08:00-18:00.")
        return nil
    }

    private mutating func quietDays(_ node: SourceNode) -> ActiveWindow.QuietDays? {
        guard case .scalar(let scalar) = node.content, !scalar.isNull else {
            report(node.mark, "quiet takes the name of a calendar, not \(node.shown). Declare it under calendars.")
            return nil
        }
        if let calendar = calendars[scalar.text] { return calendar }
        if calendarNames?.contains(scalar.text) ?? true { return nil }
        let hint = SpellingSuggestion.suggestion(for: scalar.text, among: calendarNames ?? []).map {
            "Did you mean \($0)?"
        }
        report(
            node.mark,
            "no calendar is called '\(scalar.text.shortened)'. " + (hint ?? "Declare it under calendars."))
        return nil
    }

    /// A calendar: days, and stretches of days, `2026-12-24..2026-12-26`.
    mutating func calendar(_ entry: Entry) -> ActiveWindow.QuietDays {
        var days: [ClosedRange<Int>] = []
        guard case .sequence(let nodes) = entry.node.content else {
            report(
                entry.node.mark,
                "calendar '\(entry.name)' takes a list of days, not \(entry.node.shown). "
                    + "Write for example [2026-12-24..2026-12-26, 2027-01-01].")
            return ActiveWindow.QuietDays(calendar: entry.name, days: [])
        }
        for node in nodes {
            guard case .scalar(let scalar) = node.content, let range = LocalDate.range(scalar.text) else {
                report(
                    node.mark,
                    "a calendar holds days, not \(node.shown). Write 2026-12-25, or 2026-12-24..2026-12-26.")
                continue
            }
            days.append(range)
        }
        return ActiveWindow.QuietDays(calendar: entry.name, days: days)
    }
}
