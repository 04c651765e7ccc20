/// What control requests change beyond one node, and what they ask of the native queue.
package protocol ControlActions: Sendable {
    /// Tasks that wait in the native queue for their time.
    func scheduled() async -> [ScheduledTask]
    /// Revokes tasks everywhere: persists the ids, cancels native jobs that wait, and with `terminate` those that run,
    /// cooperatively.
    /// - Parameter signal: its name, such as `SIGTERM`, for the record.
    /// - Returns: ids that were found running at this node.
    func revoke(_ ids: [String], terminate: Bool, signal: String) async -> [String]
    /// Revokes tasks by the values of stamped headers.
    /// - Returns: ids that were found running at this node.
    func revoke(stamps: [(header: String, values: [String])], terminate: Bool) async -> [String]
    /// Changes the desired number of processes of this node's pool.
    /// - Parameter request: the same at every node that a request reaches, so that one request counts once for a pool;
    ///   empty where the request has no such mark.
    /// - Returns: the number that is now desired.
    func scale(by change: Int, request: String) async throws -> Int
    /// Changes the bounds between which the pool is scaled.
    /// - Returns: the bounds that now hold.
    func autoscale(max: Int?, min: Int?, request: String) async throws -> (max: Int, min: Int)
    /// Drains this node, which then ends.
    func shutdown() async
    /// Writes a request into the operator log.
    /// - Parameters:
    ///   - host: the sender's, or `unknown host`.
    ///   - request: as for `scale`.
    func note(_ text: String, from host: String, request: String) async
    /// What the native queue knows of tasks that do not run at this node.
    func taskState(_ ids: [String]) async -> [String: TaskLookup]
}

/// A task that waits in the native queue for its time.
package struct ScheduledTask: Sendable {
    /// What its message tells.
    package var task: TaskSummary
    /// When it is due, unix ms.
    package var eta: Int64

    /// - Parameter eta: unix ms.
    package init(_ task: TaskSummary, eta: Int64) {
        self.task = task
        self.eta = eta
    }
}

/// What the native queue knows of a task.
package struct TaskLookup: Sendable {
    /// Where the task stands, in Celery's words.
    package enum State: String, Sendable {
        /// It runs at some node.
        case active
        /// It waits for a slot.
        case reserved
        /// It waits for its time.
        case scheduled
        /// It has ended.
        case ready
    }

    /// Where it stands.
    package var state: State
    /// What its message tells.
    package var task: TaskSummary

    /// Of a task that the queue holds.
    package init(_ state: State, _ task: TaskSummary) {
        self.state = state
        self.task = task
    }
}
