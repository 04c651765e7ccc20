import Foundation
import JobQueue
package import ScheduleConfiguration
package import Time

/// Turns a Celery beat schedule into a schedule file. Nothing is dropped: what has no counterpart is in the text as a
/// comment with the reason.
package struct BeatImport: Sendable {
    /// A whole schedule file that is valid.
    package let text: String
    /// The entries that came over, by the names they have in the text.
    package let imported: [String]
    /// The entries that did not, by the names they had, each with one or two sentences on why.
    package let left: [(name: String, reason: String)]

    private struct Entry {
        var name: String
        var lines: [String]
        var kind: String
    }

    /// - Parameters:
    ///   - bytes: JSON: `app.conf.beat_schedule`, or a whole configuration with `beat_schedule` in it.
    ///   - file: what errors call it.
    ///   - tasks: what a task becomes, where that is known.
    ///   - map: kinds for tasks by name, for those that are not known or are to become something else.
    ///   - timezone: of crontabs; nil: what the configuration says, else UTC.
    /// - Throws: `unreadable` when this is no beat schedule, `time` for a zone that is refused.
    package init(
        _ bytes: [UInt8], file: String, known: KnownNames, tasks: (BeatCall) -> BeatTask? = { _ in nil },
        map: [String: String] = [:], timezone: String? = nil, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) {
        guard let root = try? JSONSerialization.jsonObject(with: Data(bytes)), let root = root as? [String: Any] else {
            throw .unreadable(
                path: file, "this is not a JSON object. Write it with json.dumps(app.conf.beat_schedule, default=str).")
        }
        let isWhole = root["beat_schedule"] is [String: Any]
        let entries = root["beat_schedule"] as? [String: Any] ?? root
        let zone = timezone ?? (isWhole ? root["timezone"] as? String : nil) ?? "UTC"
        do { _ = try zones.rules(named: zone) } catch { throw .time(error) }
        var made: [Entry] = []
        var left: [(name: String, reason: String)] = []
        var body = ""
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
            let reason: String
            switch Self.entry(name, value, map: map, tasks: tasks, taken: Set(made.map(\.name))) {
            case .success(let entry):
                reason = Self.problem(of: entry, zone: zone, known: known, zones: zones)
                if reason.isEmpty {
                    made.append(entry)
                    body += "\n" + entry.lines.joined(separator: "\n") + "\n"
                    continue
                }
            case .failure(let refusal): reason = refusal.reason
            }
            left.append((name: name.shortened, reason: reason))
            body += "\n  # Not imported: \(name.shortened): \(Self.comment(reason))\n"
            body += "  #   \(Self.comment(BeatText.value(value)))\n"
        }
        let kinds = Set(made.map(\.kind))
        text = Self.head(made.count, left.count) + Self.frame(zone, kinds) + (made.isEmpty ? " {}" : "") + "\n" + body
        imported = made.map(\.name)
        self.left = left
    }

    /// Reads a file for `init`; blocks for the read of at most 1 MiB.
    /// - Throws: `unreadable`.
    package static func bytes(path: String) throws(ConfigurationError) -> [UInt8] {
        do {
            return try FileBytes.read(path: path, limit: ScheduleFile.byteLimit)
        } catch {
            throw .unreadable(path: path, error.sentence(remedy: "Name the JSON file of a beat schedule."))
        }
    }

    private struct Refusal: Error { let reason: String }

    private static func entry(
        _ name: String, _ value: Any, map: [String: String], tasks: (BeatCall) -> BeatTask?, taken: Set<String>
    ) -> Result<Entry, Refusal> {
        guard let members = value as? [String: Any], let task = members["task"] as? String else {
            return .failure(Refusal(reason: "it is not a mapping with a task and a schedule."))
        }
        let named = members["kwargs"] as? [String: Any] ?? [:]
        let positional = members["args"] as? [Any] ?? []
        let (keys, notes): ([String], [String])
        switch BeatCall(task, positional: positional, named: named).replacement(map: map, tasks: tasks) {
        case .left(let reason): return .failure(Refusal(reason: reason))
        case .job(let found, let said): (keys, notes) = (found, said)
        }
        let (times, timeNotes): ([String], [String])
        switch BeatTimes(members["schedule"]) {
        case .none(let reason): return .failure(Refusal(reason: reason))
        case .keys(let found, let said): (times, timeNotes) = (found, said)
        }
        let key = free(name, taken)
        var lines = (notes + timeNotes + Self.notes(on: members, renamed: key != name)).map { "  # \(comment($0))" }
        lines.append("  \(key):")
        lines.append("    description: \(BeatText.quoted("Celery beat's '\(name.shortened)': \(task.shortened)"))")
        lines += (keys.prefix(1) + times + keys.dropFirst()).map { "    \($0)" }
        if let isOn = members["enabled"] as? NSNumber, !isOn.boolValue { lines.append("    enabled: false") }
        let kind = keys.first?.split(separator: " ").last.map { $0.filter { $0 != "\"" } } ?? ""
        return .success(Entry(name: key, lines: lines, kind: kind))
    }

    /// What the entry said and its counterpart does not.
    private static func notes(on members: [String: Any], renamed: Bool) -> [String] {
        let options = members["options"] as? [String: Any] ?? [:]
        var notes: [String] = renamed ? ["renamed: names are a-z, 0-9, '.', '_' and '-' here"] : []
        if let relative = members["relative"] as? NSNumber, relative.boolValue {
            notes.append("relative in Celery; here intervals are aligned to the epoch")
        }
        for (key, value) in options.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
            let shown = "\(key) \(BeatText.value(value).shortened)"
            switch key {
            case "queue", "exchange", "routing_key":
                notes.append("\(shown) in Celery; here jobs go to the queue of their kind, with its limits")
            case "expires": notes.append("\(shown) in Celery; here fresh_for of the queue says how old a job may be")
            case "priority": notes.append("\(shown) in Celery, where 0 comes first; here 9 does")
            default: notes.append("\(shown) in Celery is not taken over")
            }
        }
        return notes
    }

    private static func free(_ name: String, _ taken: Set<String>) -> String {
        let letters = name.lowercased().map { letter -> Character in
            letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter)) ? letter : "-"
        }
        let stem = String(String(letters).drop { !$0.isLetter && !$0.isNumber }.prefix(60))
        let base = stem.isEmpty ? "entry" : stem
        guard taken.contains(base) else { return base }
        return (2...).lazy.map { "\(base)-\($0)" }.first { !taken.contains($0) } ?? base
    }

    /// What the parser says about the entry alone; empty when it is right.
    private static func problem(
        of entry: Entry, zone: String, known: KnownNames, zones: TimeZoneDatabase
    ) -> String {
        let text = frame(zone, [entry.kind]) + "\n" + entry.lines.joined(separator: "\n") + "\n"
        do {
            _ = try ScheduleFile.parse(Array(text.utf8), file: entry.name, known: known, zones: zones)
            return ""
        } catch .invalidFile(_, let problems) {
            return problems.map(\.message).joined(separator: " ")
        } catch {
            return error.description
        }
    }

    private static func comment(_ text: String) -> String {
        let breaks: Set<Unicode.Scalar> = ["\u{85}", "\u{2028}", "\u{2029}"]
        return String(
            text.unicodeScalars.prefix(1_000).map {
                $0.properties.generalCategory == .control || breaks.contains($0) ? " " : Character($0)
            })
    }

    private static func head(_ imported: Int, _ left: Int) -> String {
        """
        # From a Celery beat schedule: \(imported) entries imported, \(left) not; those are comments with the reason.
        # Move the entries under schedules of the active file. The queues and the pool here only make this text a
        # whole file: limits, retries and pools stand in the active file.

        """
    }

    private static func frame(_ zone: String, _ kinds: Set<String>) -> String {
        let queues = kinds.sorted().map { "  \($0):\n" }.joined()
        return "version: 1\ntimezone: \(zone)\n\n" + (kinds.isEmpty ? "" : "queues:\n\(queues)\n")
            + "pools:\n  imported: { queues: [\"*\"] }\n\nschedules:"
    }
}
