/// Names of what Celery's clients read and write in Redis, with the prefixes that they are configured with.
package struct BridgeKeys: Sendable, Equatable {
    /// `global_keyprefix` of the broker.
    package var brokerPrefix: String
    /// `global_keyprefix` of the results.
    package var resultPrefix: String
    /// The first of the steps is the plain list; ascending.
    package var prioritySteps: [Int]

    /// What the markers begin with that tell that something was published.
    package var publishedPrefix = "flotilla-celery-published-"

    /// The two bytes between a queue's name and its step.
    package static let separator = "\u{06}\u{16}"

    /// Neither has a prefix unless said so; the steps are kombu's.
    package init(brokerPrefix: String = "", resultPrefix: String = "", prioritySteps: [Int] = [0, 3, 6, 9]) {
        self.brokerPrefix = brokerPrefix
        self.resultPrefix = resultPrefix
        self.prioritySteps = prioritySteps
    }

    /// The list that a message of a priority goes to; a priority is rounded down to its step.
    package func list(_ queue: String, priority: Int = 0) -> String {
        let step = prioritySteps.last { $0 <= priority } ?? prioritySteps.first ?? 0
        return step == 0 ? brokerPrefix + queue : brokerPrefix + queue + Self.separator + String(step)
    }

    /// All lists of a queue, the most urgent first.
    package func lists(_ queue: String) -> [String] { prioritySteps.map { list(queue, priority: $0) } }

    /// The key of a result and the channel of its news.
    package func result(_ id: String) -> String { resultPrefix + "celery-task-meta-" + id }

    /// The key of a saved group; those of a chord begin with it.
    package func group(_ id: String) -> String { resultPrefix + "celery-taskset-meta-" + id }

    /// Set when what follows a message was published.
    package func published(_ mark: String) -> String { publishedPrefix + mark }
}
