import JobQueue
import Logging
import Synchronization

/// What operators have told this worker, and whether it takes jobs.
final class WorkerOrders: Sendable {
    private let store: FleetStore
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var last: WorkerOrder?
        /// Set for good when the worker is to be recycled.
        var isEnding = false
    }

    init(broker: Broker, logger: Logger) {
        store = FleetStore(broker: broker)
        self.logger = logger
    }

    /// Whether the worker takes no jobs for the present.
    var isQuiet: Bool { state.withLock { $0.isEnding || $0.last == .quiet } }

    /// Takes no more jobs, whatever operators say.
    func endTaking() { state.withLock { $0.isEnding = true } }

    /// Reads what the worker was told.
    /// - Returns: the order if it is another than the last one; nil also when Redis does not answer.
    func news(for worker: WorkerID) async -> WorkerOrder? {
        do {
            // A worker that joined again under a new name has no order there, and obeys the last one.
            guard let order = try await store.order(for: worker) else { return nil }
            let isNew = state.withLock { state in
                defer { state.last = order }
                return state.last != order
            }
            return isNew ? order : nil
        } catch {
            logger.debug("orders of operators are read at the next heartbeat: \(error)")
            return nil
        }
    }
}
