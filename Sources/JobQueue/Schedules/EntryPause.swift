/// A pause of a schedule entry, or of one entity of it.
public struct EntryPause: Sendable, Equatable {
    /// How the scheduler catches up the skipped ticks when the pause ends by itself.
    public enum CatchUp: String, Sendable, CaseIterable {
        case skip
        case once
        case all
    }

    /// `entry`, or `entry#entity`.
    public let name: String
    /// Unix milliseconds; nil when it lasts until it is resumed. Later than `end(at:)` when the pause was set while the
    /// clock was ahead.
    public let until: Int64?
    /// Unix milliseconds.
    public let since: Int64
    /// How skipped ticks are caught up when the pause ends at `until`.
    public let catchUp: CatchUp
    /// The operator or program that paused it, one line of at most 200 characters; only displayed.
    public let author: String
    /// Why, one line of at most 200 characters.
    public let reason: String
    /// The intended length, milliseconds; nil for pauses that an earlier version stored.
    private let length: Int64?
    /// The stored form.
    let text: String

    /// - Parameter text: as pause_entry.lua writes it; nil for anything else.
    init?(name: String, text: String) {
        let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3 else { return nil }
        let words = lines[0].split(separator: " ")
        guard (3...4).contains(words.count), let until = StoredTime.milliseconds(words[0]),
            let since = StoredTime.milliseconds(words[1]),
            let catchUp = CatchUp(rawValue: String(words[2]))
        else { return nil }
        self.name = name
        self.until = until == 0 ? nil : until
        self.since = since
        self.catchUp = catchUp
        author = String(lines[1])
        reason = String(lines[2])
        length = words.count == 4 ? StoredTime.milliseconds(words[3]) : nil
        self.text = text
    }

    /// Whether the pause still lasts at a moment, unix milliseconds. Always true without an `until`.
    public func holds(at now: Int64) -> Bool { until.map { $0 > now } ?? true }

    /// The end as of `now`: never later than its length from now on. Nil when it lasts until it is resumed.
    public func end(at now: Int64) -> Int64? { until.map { min($0, now + (length ?? $0 - now)) } }
}
