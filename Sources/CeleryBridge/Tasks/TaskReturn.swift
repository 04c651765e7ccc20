package import JobQueue

/// What a task returned, and what belongs to its acknowledgement.
package struct TaskReturn: Sendable {
    /// The return value, as `AsyncResult.get()` gives it.
    package var value: WireValue
    /// Native jobs that are enqueued in the step that acknowledges the call. Its `result` is not used.
    package var output: JobOutput

    /// No native jobs unless `output` names some.
    package init(_ value: WireValue, output: JobOutput = JobOutput()) {
        self.value = value
        self.output = output
    }
}

/// Thrown by a task: the exception that the caller's `get()` raises.
package struct TaskFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class, such as `ValueError`.
    package var type: String
    /// The Python module of the class, such as `builtins`.
    package var module: String
    /// The arguments of the exception.
    package var arguments: [WireValue]
    /// Text for people; nil for none.
    package var traceback: String?

    /// Of a builtin class unless `module` says another.
    package init(_ type: String, module: String = "builtins", _ arguments: [WireValue], traceback: String? = nil) {
        self.type = type
        self.module = module
        self.arguments = arguments
        self.traceback = traceback
    }

    /// The first argument as text, or the class.
    package var description: String {
        if case .text(let text)? = arguments.first { "\(type): \(text)" } else { type }
    }
}

/// Thrown by a task that wants to run again: its state becomes RETRY, and one retry is spent.
package struct TaskRetry: Error, Sendable {
    /// Seconds until it is due.
    package var countdown: Double
    /// The reason, which is stored as the result until then.
    package var failure: TaskFailure

    /// - Parameter countdown: seconds, not negative.
    package init(countdown: Double, because failure: TaskFailure) {
        self.countdown = countdown
        self.failure = failure
    }
}
