public import ScheduleConfiguration

/// How one schedule file differs from another, in one line for people: which entries come, go and change.
public struct EntrySummary: Sendable, Equatable {
    /// Names of entries that only the new file has, sorted; renamed ones included.
    public let added: [String]
    /// Names of entries that only the old file has, sorted; one that the new file names with `was` is left out.
    public let removed: [String]
    /// Names of entries of both files that differ, sorted.
    public let changed: [String]
    /// Whether anything but entries differs: limits, circuits, queues, pools, the time zone, the review policy.
    public let isMore: Bool

    private static let shown = 5

    /// Compares what the files mean; lines and order make no difference.
    public init(from old: ScheduleFile, to new: ScheduleFile) {
        var (old, new) = (old, new)
        let before = Dictionary(old.schedules.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(new.schedules.map { ($0.name, $0) }) { first, _ in first }
        // One that says what it was called is there still.
        let renamed = Set(new.schedules.compactMap { before[$0.name] == nil ? $0.renamedFrom : nil })
        added = after.keys.filter { before[$0] == nil }.sorted()
        removed = before.keys.filter { after[$0] == nil && !renamed.contains($0) }.sorted()
        changed = after.keys.filter { name in
            guard let was = before[name], let isNow = after[name] else { return false }
            return was != isNow
        }.sorted()
        (old.schedules, new.schedules) = ([], [])
        isMore = old != new
    }

    /// Of a file that has the same entries and the same rest, but not the same text: `no entry differs`.
    public var line: String {
        var parts = [("adds", added), ("removes", removed), ("changes", changed)].compactMap { verb, names in
            names.isEmpty ? nil : "\(verb) \(Self.list(names))"
        }
        if isMore { parts.append("differs in limits, queues or pools") }
        return parts.isEmpty ? "it differs, and no entry does" : "it " + parts.joined(separator: ", ")
    }

    private static func list(_ names: [String]) -> String {
        let rest = names.count - shown
        return names.prefix(shown).joined(separator: " ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
