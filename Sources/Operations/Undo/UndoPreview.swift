public import JobQueue

/// What an undo will do, in lines, before it is done.
public struct UndoPreview: Sendable {
    private let broker: Broker

    /// Reads through a broker's connection; changes nothing.
    public init(broker: Broker) { self.broker = broker }

    /// One line for each entry that is still to be undone.
    public func lines(of operation: FoundOperation) async throws(JobQueueError) -> [String] {
        let now = try await broker.clock.now()
        var lines: [String] = []
        for entry in operation.entries where entry.undoneBy == nil {
            guard !operation.isOfLedger else {
                lines.append("\(entry.action) \(entry.target): puts \(PlainText.line(entry.before, limit: 200)) back")
                continue
            }
            lines.append("\(entry.action) \(entry.target): \(try await sentence(entry, now))")
        }
        return lines
    }

    private func sentence(_ entry: OperatorLogEntry, _ now: Int64) async throws(JobQueueError) -> String {
        switch ActionInverse.of(entry.action).form {
        case .nothing(let why): return why
        case .schedule: return "activates the text of the version before it again, as a new version"
        case .setting(let make):
            guard let change = make(entry, broker.keyspace, now) else { return "puts \(entry.before) back" }
            return Self.sentence(change)
        case .jobs: return try await jobs(entry)
        case .fuse: return entry.before == "null" ? "removes the fuse" : "puts the fuse back"
        case .workerOrder:
            let isQuieted = WorkerOrder(logged: entry.before) == .quiet
            return isQuieted ? "tells the worker to take no more jobs" : "tells the worker to take jobs"
        }
    }

    private static func sentence(_ change: SettingChange) -> String {
        let moved = change.moves.map { "\($0.name) \($0.after ?? "not set") → \($0.before ?? "not set")" }
        return moved.isEmpty ? "changes nothing" : moved.joined(separator: ", ")
    }

    private static let shown = 10_000

    private func jobs(_ entry: OperatorLogEntry) async throws(JobQueueError) -> String {
        guard let queue = try? QueueName(entry.subject) else { return "puts jobs back" }
        let jobs = try await OperatorBin(broker: broker).jobs(in: queue, of: entry.id, limit: Self.shown)
        let counts = Dictionary(grouping: jobs, by: \.place).mapValues(\.count).sorted { $0.key < $1.key }
        let words = counts.map { place, count in
            switch place {
            case "none": "removes \(count)"
            case "done": "\(count) finished"
            case "dead": "\(count) dead"
            default: "\(count) waiting (\(place))"
            }
        }
        let lost = entry.lost.map { $0 > 0 ? "; \($0) others were not kept" : "" } ?? ""
        return "puts jobs back as they were: \(words.joined(separator: ", "))\(lost)"
    }
}
