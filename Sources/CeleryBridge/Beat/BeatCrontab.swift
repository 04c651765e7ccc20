import Foundation
import JobQueue
import Time

/// Celery's crontab in this dialect. Celery runs a crontab when *all* of its fields match, lets any range run over the
/// end, and reads names by their first three letters.
enum BeatCrontab {
    /// - Parameter text: `<crontab: 0 8 * * mon-fri (m/h/dM/MY/d)>`, also with a zone, or five fields alone. A field is
    ///   shown as the program gave it: `0, 15, 30`, `[0, 15]`, `{0, 15}`, `range(0, 60, 15)`.
    static func times(of text: String) -> BeatTimes {
        let refusal = BeatTimes.none(
            "the schedule '\(text.shortened)' cannot be read. Give seconds or a crontab's five fields.")
        var body = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        var order: [Substring] = ["m", "h", "dM", "MY", "d"]
        var zone: String?
        if let match = body.firstMatch(of: /\s?\(([a-zA-Z]+(?:\/[a-zA-Z]+)+)\)(?:,\s?([A-Za-z0-9_+\-\/]+))?>?$/) {
            // Older versions name the day of the week before the day of the month, and say so.
            order = match.1.split(separator: "/")
            zone = match.2.map(String.init)
            body.removeSubrange(match.range)
        }
        if let head = body.firstMatch(of: /^<?crontab:\s?/) { body.removeSubrange(head.range) }
        if body.hasSuffix(">") { body.removeLast() }
        let fields = BeatField.split(body)
        let places = ["m", "h", "dM", "MY", "d"].map { order.firstIndex(of: $0) }
        guard fields.count == 5, order.count == 5, !places.contains(nil) else { return refusal }
        return times(of: places.compactMap { $0 }.map { fields[$0] }, zone: zone)
    }

    /// - Parameter values: minute, hour, day of the month, month, day of the week: texts, numbers or lists of them.
    static func times(of values: [Any], zone: String?) -> BeatTimes {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...6]
        let fields = zip(values, ranges).map { value, range in
            BeatField.elements(of: value).map { element(Substring($0), range) }.joined(separator: ",")
        }
        var keys = ["cron: \(BeatText.quoted(fields.joined(separator: " ")))"]
        if !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*") { keys.append("days: all") }
        if let zone { keys.append("timezone: \(BeatText.quoted(zone))") }
        return .keys(keys, notes: [])
    }

    /// A range that runs over the field's end becomes two, or a list where it has a step. What cannot be read stays as
    /// it is, for the parser to refuse by its name.
    private static func element(_ text: Substring, _ range: ClosedRange<Int>) -> String {
        let names = text.replacing(/[A-Za-z]{3,}/) { String($0.output.prefix(3)).uppercased() }
        guard let match = names.wholeMatch(of: /(\w+)-(\w+)(?:\/(\d+))?/), let low = number(match.1, range),
            let high = number(match.2, range), low > high
        else { return String(names) }
        guard let step = match.3.flatMap({ Int($0) }), step > 1 else {
            return "\(low)-\(range.upperBound),\(range.lowerBound)-\(high)"
        }
        let values = Array(low...range.upperBound) + Array(range.lowerBound...high)
        return stride(from: 0, to: values.count, by: step).map { "\(values[$0])" }.joined(separator: ",")
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        let name = String(text)
        let named = range.upperBound == 12 ? CronExpression.month(named: name) : CronExpression.weekday(named: name)
        let value = named ?? Int(text)
        return value.flatMap { range.contains($0) ? $0 : nil }
    }
}
