import Synchronization

/// Runs the parts of all simulated tasks one after another, in the order in which they became ready, on the thread of
/// the simulation's loop. Concurrent tasks of a process so take the same order in every run.
final class SimulationExecutor: TaskExecutor {
    private struct State {
        var ready: [UnownedJob] = []
        /// The loop of the simulation, while nothing is ready.
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Called by Swift's runtime, also from the event loop of the connection.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let waiting = state.withLock { state in
            state.ready.append(job)
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Runs what is ready, and what becomes ready by it.
    func runReady() {
        while true {
            let jobs = state.withLock { state in
                defer { state.ready.removeAll(keepingCapacity: true) }
                return state.ready
            }
            guard !jobs.isEmpty else { return }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Waits until something is ready.
    func waitForWork() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.ready.isEmpty { state.waiting = continuation }
                return !state.ready.isEmpty
            }
            if isReady { continuation.resume() }
        }
    }
}
