/// Most entries of a schedule, removed by one edit: it is meant seldom, and a file that was saved half looks the same.
public struct MassRemoval: Sendable, Equatable, CustomStringConvertible {
    /// How many entries go; a renamed one stays.
    public let removed: Int
    /// How many there were.
    public let entries: Int

    /// Fewer entries are never most of a schedule.
    private static let fewestEntries = 3

    /// - Parameters:
    ///   - removed: how many entries go; one that is renamed with `was` stays.
    ///   - entries: how many there were.
    ///   - leavesNone: whether there is no entry after it.
    /// - Returns: nil when it leaves most.
    public init?(removed: Int, of entries: Int, leavesNone: Bool) {
        let isMost = leavesNone ? entries > 0 : entries >= Self.fewestEntries && removed * 2 > entries
        guard isMost else { return nil }
        self.removed = removed
        self.entries = entries
    }

    /// Without a full stop.
    public var description: String {
        removed == entries
            ? "\(entries == 1 ? "the only entry" : "all \(entries) entries") of the schedule would be removed"
            : "\(removed) of \(entries) entries of the schedule would be removed"
    }
}
