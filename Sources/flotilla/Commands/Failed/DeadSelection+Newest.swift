import JobQueue
import Time

/// Dead jobs for a list on a screen.
extension DeadSelection {
    /// Of each queue that many of its newest dead jobs are looked at for a selector; the number bounds time and memory.
    private static let searched = 10_000

    /// The newest dead jobs that fit, newest first; says on standard error what it leaves out.
    /// - Parameter limit: at most so many; 0 for all, however long that takes.
    func newest(_ broker: Broker, limit: Int) async throws -> [StoredJob] {
        guard limit > 0, ids.isEmpty else { return try await jobs(broker, orAll: true) }
        try check(orAll: true)
        var after: Int64?
        if let since { after = try await broker.clock.now() - (try DurationParser.milliseconds(since)) }
        let isNarrowed = kind != nil || error != nil || group != nil || after != nil
        let inspector = QueueInspector(broker: broker)
        var (found, total): ([StoredJob], Int) = ([], 0)
        for name in try await inspector.queues() where queue == nil || name.description == queue {
            let most = isNarrowed ? Self.searched : limit
            let newest = try await inspector.jobs(in: name, state: .dead, limit: most)
            if isNarrowed, newest.count == most {
                Terminal.complain(
                    "Only the newest \(most) dead jobs of '\(name)' were looked at; --limit 0 looks at all.")
            }
            let fitting = isNarrowed ? newest.filter { fits($0, after) } : newest
            total += isNarrowed ? fitting.count : try await inspector.counts(of: name).dead
            found += fitting.prefix(limit)
        }
        let shown = found.sorted {
            ($1.envelope.finishedMilliseconds ?? 0, $1.id) < ($0.envelope.finishedMilliseconds ?? 0, $0.id)
        }.prefix(limit)
        if total > shown.count {
            Terminal.complain("Showing the newest \(shown.count) of \(total) dead jobs; --limit shows others.")
        }
        return Array(shown)
    }
}
