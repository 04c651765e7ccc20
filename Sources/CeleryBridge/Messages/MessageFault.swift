/// Why a message cannot be run, with what could be read of it.
package struct MessageFault: Error, Sendable, CustomStringConvertible {
    /// What is stored as the FAILURE for the caller; its first argument is the sentence for people.
    package var failure: TaskFailure
    /// The task id, when a result can be stored under it.
    package var id: String?
    /// The registered name, when it could be read.
    package var task: String?
    /// Whether the caller wants no result.
    package var ignoresResult: Bool
    /// The headers that could be read, for what else hangs on the task: its group, its parent.
    package var headers: WireObject
    /// The message without what is wrong, when its body could be read: its chain and its chord are told too.
    package var message: TaskMessage?

    /// Where it happened, what is wrong and how to mend it.
    package var sentence: String { failure.arguments.first?.string ?? failure.description }
    package var description: String { sentence }

    /// - Parameters:
    ///   - type: class and module of the exception that the caller's `get()` raises.
    ///   - sentence: a full sentence for people.
    package init(
        _ type: FaultType, _ sentence: String, id: String? = nil, task: String? = nil, headers: WireObject = .init()
    ) {
        self.init(TaskFailure(type.name, module: type.module, [.text(sentence)]), id: id, task: task, headers: headers)
    }

    /// The same with an exception that is complete.
    package init(_ failure: TaskFailure, id: String? = nil, task: String? = nil, headers: WireObject = .init()) {
        self.failure = failure
        self.id = id
        self.task = task
        self.ignoresResult = headers["ignore_result"]?.isTrue ?? false
        self.headers = headers
    }
}

/// Exceptions of the Python side that stand for a fault of a message.
package enum FaultType: Sendable {
    /// The content type is not read here, pickle above all.
    case contentDisallowed
    /// The body is not what its content type says.
    case decodeError
    /// The body was read, but it is no call of a task.
    case invalidTask

    var name: String {
        switch self {
        case .contentDisallowed: "ContentDisallowed"
        case .decodeError: "DecodeError"
        case .invalidTask: "InvalidTaskError"
        }
    }

    var module: String {
        switch self {
        case .contentDisallowed, .decodeError: "kombu.exceptions"
        case .invalidTask: "celery.exceptions"
        }
    }
}
