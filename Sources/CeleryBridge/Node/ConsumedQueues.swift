import Synchronization

/// The Celery queues that a node takes tasks from: those of the configuration, changed by control requests.
package final class ConsumedQueues: Sendable {
    private let names: Mutex<[String]>
    private let changes = Atomic<Int>(0)
    /// Queues at one node at most.
    package static let limit = 100

    /// - Parameter configured: queue names without prefix and priority step, in order.
    package init(_ configured: [String]) { names = Mutex(configured) }

    /// The queues now, in order.
    package var all: [String] { names.withLock { $0 } }

    /// Grows with every change, so that a reader may keep a copy.
    package var version: Int { changes.load(ordering: .acquiring) }

    /// Whether tasks are taken from a queue.
    package func contains(_ queue: String) -> Bool { names.withLock { $0.contains(queue) } }

    /// Adds a queue; one that is there already changes nothing.
    /// - Returns: false when `limit` is reached.
    package func add(_ queue: String) -> Bool {
        names.withLock { names in
            if names.contains(queue) { return true }
            guard names.count < Self.limit else { return false }
            names.append(queue)
            changes.add(1, ordering: .releasing)
            return true
        }
    }

    /// Takes a queue away; an unknown one changes nothing.
    package func remove(_ queue: String) {
        names.withLock { names in
            guard let index = names.firstIndex(of: queue) else { return }
            names.remove(at: index)
            changes.add(1, ordering: .releasing)
        }
    }
}
