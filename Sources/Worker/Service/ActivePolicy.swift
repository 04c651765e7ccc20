import JobQueue
import Synchronization

/// The policy that a worker uses from its next fetch on, shared by all of its parts. Replaced as a whole.
final class ActivePolicy: Sendable {
    private struct State {
        var current: ServingPlan
        /// The plan of the round under way, until its claims are among the running attempts.
        var inRound: ServingPlan?
        /// The plan of the last round while the fetching loop waits for work.
        var waiting: ServingPlan?
        /// Queues that may hold claims of which the fetching loop does not know yet.
        var unsure: Set<QueueName> = []
    }

    private let state: Mutex<State>

    init(_ policy: WorkerPolicy, known: Set<QueueName> = []) {
        state = Mutex(State(current: ServingPlan(policy, known: known)))
    }

    var current: ServingPlan { state.withLock { $0.current } }
    var plan: WorkerPlan { current.plan }

    func replace(with next: ServingPlan) { state.withLock { $0.current = next } }

    /// Begins a round of fetches, all of which use the returned plan.
    func beginRound() -> ServingPlan {
        state.withLock { state in
            state.inRound = state.current
            return state.current
        }
    }

    /// Ends a round: its claims are among the running attempts now.
    func endRound(unsure: Set<QueueName>) {
        state.withLock { state in
            state.inRound = nil
            state.unsure = unsure
        }
    }

    /// - Returns: false when the policy has changed since the round: then the loop must not wait.
    func beginWait(after serving: ServingPlan) -> Bool {
        state.withLock { state in
            guard state.current === serving else { return false }
            state.waiting = serving
            return true
        }
    }

    func endWait() { state.withLock { $0.waiting = nil } }

    /// Whether the fetching loop waits for work by a plan that has been replaced.
    var waitsByOldPolicy: Bool {
        state.withLock { state in state.waiting.map { $0 !== state.current } ?? false }
    }

    /// Whether jobs of a queue are fetched, may be, or may have been without the fetching loop knowing.
    func needs(_ queue: QueueName) -> Bool {
        state.withLock { state in
            state.current.serves(queue) || state.inRound?.serves(queue) ?? false || state.unsure.contains(queue)
        }
    }
}
