import JobQueue
import Operations

/// The handle of a change of many jobs that this process carries out: it says how far that is, and tells when another
/// terminal has asked for its end.
///
/// Guards how many jobs are changed.
actor BulkHandle {
    private let runs: BulkRuns
    private let id: String
    private(set) var done = 0

    /// The pace of a retry of many jobs that was given none.
    static let pace = ReplayPace(perSecond: 5_000)

    private init(_ runs: BulkRuns, _ id: String) {
        self.runs = runs
        self.id = id
    }

    /// - Returns: nil for a change of few jobs, which is one step.
    static func begin(_ action: String, on target: String, _ total: Int, _ broker: Broker) async throws -> BulkHandle? {
        guard total >= BulkChange.threshold else { return nil }
        let runs = BulkRuns(broker: broker)
        let id = try await runs.begin(action, on: target, total: total, by: FleetOperator.here(broker).who)
        announce(id)
        return BulkHandle(runs, id)
    }

    static func announce(_ id: String) {
        Terminal.complain(
            "\(id): follow it with 'flotilla operations watch \(id)', end it with 'flotilla operations abort \(id)'")
    }

    /// Says how many jobs are changed. What cannot be written is left out: the next step tries again.
    /// - Returns: whether it goes on.
    func note(_ done: Int) async -> Bool {
        self.done = done
        let abortedBy = try? await runs.step(id, done: done, failed: 0)
        return abortedBy == nil && !Task.isCancelled
    }

    /// - Parameter isWhole: whether no job was left out.
    func end(_ isWhole: Bool, done: Int, failed: Int) async throws {
        try await runs.end(id, isWhole ? .done : .aborted, done: done, failed: failed)
    }
}
