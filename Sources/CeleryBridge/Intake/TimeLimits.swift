import JobQueue
import Worker

/// The time limits of one call: those of its message, else those that a control request has set.
struct TimeLimits: Sendable {
    /// Seconds after which the task is told to end; nil for none.
    let soft: Double?
    /// Seconds after which its attempt is stopped; nil for the queue's own time.
    let hard: Double?

    init(of message: TaskMessage, at node: CeleryNode) {
        let set = node.limits.times(of: message.task)
        soft = Self.checked(message.softLimit ?? set?.soft)
        hard = Self.checked(message.hardLimit ?? set?.hard)
    }

    private static func checked(_ seconds: Double?) -> Double? {
        guard let seconds, seconds > 0, seconds.isFinite else { return nil }
        return min(seconds, 31_536_000)
    }

    /// What is stored when the attempt was stopped by its deadline.
    var hardFailure: TaskFailure {
        let shown = hard.map { WireValue.number(Self.shown($0)) } ?? .text("the queue's timeout")
        return TaskFailure("TimeLimitExceeded", module: "billiard.exceptions", [shown])
    }

    private static var softFailure: TaskFailure {
        TaskFailure("SoftTimeLimitExceeded", module: "billiard.exceptions", [])
    }

    private static func shown(_ seconds: Double) -> String {
        Int(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }

    /// Runs a body; at the soft limit it is cancelled, and the call fails as Celery's do.
    func run(_ call: TaskCall, _ body: @escaping TaskTable.Body) async throws -> TaskReturn {
        if let hard { call.context.end(after: .milliseconds(Int64(hard * 1_000))) }
        guard let soft else { return try await body(call) }
        return try await withThrowingTaskGroup(of: TaskReturn?.self) { group in
            group.addTask { try await body(call) }
            group.addTask {
                try await call.context.sleep(for: .milliseconds(Int64(soft * 1_000)))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else { throw Self.softFailure }
            return result
        }
    }
}
