import Foundation
import JobQueue

/// When a Celery beat entry was sent, in the keys of a schedule entry.
enum BeatTimes: Equatable {
    /// Lines such as `every: 2m`, and what the dump could not tell exactly.
    case keys([String], notes: [String])
    /// One sentence on why the schedule has no counterpart.
    case none(String)

    /// - Parameter value: the entry's `schedule` as JSON gives it: seconds, a timedelta or a crontab in one of the
    ///   forms in which programs dump them.
    init(_ value: Any?) {
        switch value {
        case let number as NSNumber where !number.isTruth: self = Self.interval(seconds: number.doubleValue)
        case let text as String: self = Self.read(text)
        case let members as [String: Any]: self = Self.read(members)
        default: self = .none("its schedule is neither seconds, a timedelta nor a crontab.")
        }
    }

    private static func read(_ members: [String: Any]) -> BeatTimes {
        let type = (members["__type__"] as? String ?? members["type"] as? String ?? "").lowercased()
        for key in ["__value__", "crontab", "interval", "schedule"] {
            guard let inner = members[key] else { continue }
            // The type stands beside the value; a value of its own parts keeps it.
            guard var parts = inner as? [String: Any] else { return BeatTimes(inner) }
            parts["__type__"] = parts["__type__"] ?? type
            return read(parts)
        }
        if type == "solar" || members["event"] != nil {
            return .none("the sun's events have no counterpart. Use cron with a local time and a timezone.")
        }
        if let every = members["every"] as? NSNumber, !every.isTruth {
            let units = [
                "microseconds": 0.000_001, "seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400,
            ]
            let period = members["period"] as? String ?? "seconds"
            guard let unit = units[period] else { return .none("the period '\(period.shortened)' is not known.") }
            return interval(seconds: every.doubleValue * unit)
        }
        let fields = ["minute", "hour", "day_of_month", "month_of_year", "day_of_week"]
        if type == "crontab" || fields.contains(where: { members[$0] != nil }) {
            return BeatCrontab.times(of: fields.map { members[$0] ?? "*" }, zone: members["timezone"] as? String)
        }
        let parts = [("days", 86_400.0), ("hours", 3_600), ("minutes", 60), ("seconds", 1), ("microseconds", 0.000_001)]
        let found = parts.compactMap { key, unit in (members[key] as? NSNumber).map { $0.doubleValue * unit } }
        guard !found.isEmpty else {
            return .none("a schedule of the type '\(type.shortened)' has no counterpart. Use every or cron.")
        }
        return interval(seconds: found.reduce(0, +))
    }

    /// What `str` and `repr` make of a timedelta, a schedule or a crontab, and ISO 8601 durations.
    private static func read(_ text: String) -> BeatTimes {
        if text.hasPrefix("<solar") || text.contains("sunset") || text.contains("sunrise") {
            return .none("the sun's events have no counterpart. Use cron with a local time and a timezone.")
        }
        let frequency = /<freq: ([0-9.]+) (second|minute|hour|day)s?>/
        if let match = text.wholeMatch(of: frequency), let count = Double(match.1) {
            let units: [String: Double] = ["second": 1, "minute": 60, "hour": 3_600, "day": 86_400]
            let interval = interval(seconds: count * (units[String(match.2)] ?? 1))
            guard case .keys(let keys, _) = interval else { return interval }
            return .keys(keys, notes: ["the dump rounded the interval: \(text)"])
        }
        let clock = /(?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)/
        let iso = /P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?/
        if let match = text.wholeMatch(of: clock) {
            return interval(seconds: sum(match.1, match.2, match.3, match.4))
        }
        if let match = text.wholeMatch(of: iso) { return interval(seconds: sum(match.1, match.2, match.3, match.4)) }
        if let seconds = Double(text) { return interval(seconds: seconds) }
        // Other beats write intervals and names of rhythms as files here do.
        if text.hasPrefix("@") { return .keys(["cron: \(BeatText.quoted(text))"], notes: []) }
        return BeatCrontab.times(of: text)
    }

    /// Days, hours, minutes and seconds, as far as they were named.
    private static func sum(_ parts: Substring?...) -> Double {
        zip(parts, [86_400, 3_600, 60, 1]).map { ($0.flatMap { Double($0) } ?? 0) * $1 }.reduce(0, +)
    }

    private static func interval(seconds: Double) -> BeatTimes {
        let milliseconds = (seconds * 1_000).rounded()
        guard milliseconds.isFinite, (100...31_622_400_000).contains(milliseconds) else {
            return .none("an interval of \(seconds) s is out of range. Use 100ms to 366d.")
        }
        let exact = abs(milliseconds - seconds * 1_000) < 0.001
        return .keys(
            ["every: \(duration(Int64(milliseconds)))"],
            notes: exact ? [] : ["rounded to whole milliseconds from \(seconds) s"])
    }

    private static func duration(_ milliseconds: Int64) -> String {
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")]
        let unit = units.first { milliseconds % $0.0 == 0 } ?? (1, "ms")
        return "\(milliseconds / unit.0)\(unit.1)"
    }
}

/// Text for a YAML file.
enum BeatText {
    /// In double quotes, as JSON and YAML both read it.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.properties.generalCategory == .control || [0x2028, 0x2029].contains(scalar.value):
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// JSON in one line, which YAML reads as the same value.
    static func value(_ value: Any) -> String {
        switch value {
        case let members as [String: Any]:
            let pairs = members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(Self.value($0.value))" }
            return pairs.isEmpty ? "{}" : "{ \(pairs.joined(separator: ", ")) }"
        case let values as [Any]: return "[\(values.map { Self.value($0) }.joined(separator: ", "))]"
        case let text as String: return quoted(text)
        case let number as NSNumber: return number.isTruth ? (number.boolValue ? "true" : "false") : number.stringValue
        default: return "null"
        }
    }
}

extension NSNumber {
    /// Foundation reads `true` as a number; its Objective-C type tells it apart.
    var isTruth: Bool { String(cString: objCType) == "c" }
}
