/// Registered name → what runs. The one place where a task's name is bound to work.
package struct TaskTable: Sendable {
    /// Runs one call; throws `TaskFailure`, `TaskRetry`, or any other error, which becomes a failure of its own name.
    package typealias Body = @Sendable (TaskCall) async throws -> TaskReturn

    private var bodies: [String: Body] = [:]

    /// An empty table.
    package init() {}

    /// The registered names, sorted.
    package var names: [String] { bodies.keys.sorted() }

    /// What runs under a name.
    package subscript(name: String) -> Body? {
        get { bodies[name] }
        set { bodies[name] = newValue }
    }
}
