import Synchronization

/// The tasks that one process runs, and how many it has started.
package final class RunningTasks: Sendable {
    private struct State {
        var requests: [String: TaskRequest] = [:]
        var totals: [String: Int] = [:]
        var started = 0
    }

    private let state = Mutex(State())

    /// Nothing runs.
    package init() {}

    func begin(_ request: TaskRequest) {
        state.withLock { state in
            state.requests[request.summary.id] = request
            state.totals[request.summary.name, default: 0] += 1
            state.started += 1
        }
    }

    func end(_ id: String) { _ = state.withLock { $0.requests.removeValue(forKey: id) } }

    /// What runs now, the longest-running first.
    package var all: [TaskRequest] {
        state.withLock { Array($0.requests.values) }.sorted { ($0.startedAt ?? 0) < ($1.startedAt ?? 0) }
    }

    /// The task of an id, if it runs here.
    package subscript(id: String) -> TaskRequest? { state.withLock { $0.requests[id] } }

    /// How many run now.
    package var count: Int { state.withLock { $0.requests.count } }

    /// How many were started since the process began.
    package var started: Int { state.withLock { $0.started } }

    /// The same by task name, sorted by name.
    package var totals: [(name: String, count: Int)] {
        state.withLock { $0.totals }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
