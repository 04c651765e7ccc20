package import JobQueue

/// Where Celery's keys lie, and how long what is written there is kept.
package struct CeleryPlace: Sendable, Equatable {
    /// The database of the broker's lists, of the server that holds the fleet's keys.
    package var brokerDatabase: Int
    /// `global_keyprefix` of the broker.
    package var brokerPrefix: String
    /// The database of the results.
    package var resultsDatabase: Int
    /// `global_keyprefix` of the results.
    package var resultPrefix: String
    /// Whether results lie on another server than the broker.
    package var resultsAreElsewhere: Bool
    /// The database of the fleet's own keys.
    package var homeDatabase: Int
    /// `result_expires`; 0 keeps results for good.
    package var resultSeconds = 86_400
    /// `task_track_started`: whether STARTED is stored.
    package var tracksStarted = false
    /// `result_extended`: whether results hold name, arguments, worker and queue.
    package var isExtended = false
    /// `visibility_timeout` of the Celery workers that may still consume.
    package var visibilitySeconds = 3_600

    /// All in one database, without prefixes.
    /// - Parameter database: of the fleet's own keys.
    package init(database: Int) {
        brokerDatabase = database
        brokerPrefix = ""
        resultsDatabase = database
        resultPrefix = ""
        resultsAreElsewhere = false
        homeDatabase = database
    }

    /// The two bytes between a queue's name and its priority step.
    package static let separator = "\u{06}\u{16}"

    /// The four lists of a queue, the most urgent first: steps 0, 3, 6 and 9.
    package func lists(of queue: String) -> [String] {
        let name = brokerPrefix + queue
        return [name] + ["3", "6", "9"].map { name + Self.separator + $0 }
    }

    /// The list of a queue for a priority, which is rounded down to a step.
    package func list(of queue: String, priority: Int) -> String {
        lists(of: queue)[min(max(priority, 0) / 3, 3)]
    }

    /// A key of the broker's database.
    package func brokerKey(_ name: String) -> String { brokerPrefix + name }

    /// The key of a task's result, which is its channel too.
    package func resultKey(_ id: String) -> String { "\(resultPrefix)celery-task-meta-\(id)" }

    /// The key of a saved group; those of a chord begin with it.
    package func groupKey(_ id: String) -> String { "\(resultPrefix)celery-taskset-meta-\(id)" }

    /// The messages of a queue as the source of native jobs.
    package func source(of queue: String) -> MessageSource {
        MessageSource(lists: lists(of: queue), database: brokerDatabase, unnamedKind: CeleryKinds.task)
    }
}

/// The kinds that the bridge gives jobs whose messages name none.
package enum CeleryKinds {
    /// A message whose task is not known here, or cannot be a kind.
    package static let task = kind("celery.task")
    /// Starts the body of a chord whose members are done.
    package static let chord = kind("celery.chord-body")

    private static func kind(_ name: String) -> JobKind {
        guard let kind = try? JobKind(name) else { preconditionFailure("'\(name)' cannot be a kind") }
        return kind
    }
}
