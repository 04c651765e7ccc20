/// Why what follows a task cannot be published.
package struct WorkflowError: Error, Sendable, Equatable {
    /// What the task fails with instead.
    package var failure: TaskFailure

    init(_ sentence: String) {
        failure = TaskFailure("EncodeError", module: "kombu.exceptions", [.text(sentence)])
    }
}
