import JobQueue
import Redis
import TestSupport

/// Another fleet on the same Redis, in another database: it has jobs of the same ids in queues of the same names, and
/// cancels them while the first fleet runs its own.
actor Neighbour {
    private let broker: Broker
    private var isStopped = false
    private(set) var cancelled = 0
    private(set) var accepted: [String: QueueName] = [:]

    /// - Parameter broker: of the other database.
    init(broker: Broker) { self.broker = broker }

    func stop() { isStopped = true }

    /// Enqueues, under ids that the first fleet is running, jobs that sleep; cancels each as soon as it runs.
    func run(beside load: Load) async {
        var pace = Pace(every: .milliseconds(300), on: ContinuousClock())
        while !isStopped, await pace.beat() {
            for (id, queue) in await load.longRunning() where accepted[id] == nil {
                guard let job = try? Self.sleeper(id, queue), (try? await broker.enqueue(job)) != nil else { continue }
                accepted[id] = queue
            }
            for (id, queue) in accepted {
                guard let id = try? JobID(id), (try? await broker.cancel(id, in: queue)) == .requested else { continue }
                cancelled += 1
            }
        }
    }

    /// Its jobs that neither were cancelled nor succeeded.
    func left() async throws -> [String] {
        var left: [String] = []
        for (id, _) in accepted {
            let state = try await QueueInspector(broker: broker).job(try JobID(id))?.state
            // A finished job may be forgotten by now.
            if state != nil, state != .cancelled, state != .succeeded { left.append(id) }
        }
        return left
    }

    private static func sleeper(_ id: String, _ queue: QueueName) throws(JobQueueError) -> NewJob {
        NewJob(
            id: try JobID(id), kind: try JobKind("flotilla.test.sleep"), queue: queue,
            payload: try JobPayload(json: #"{"seconds": 2}"#))
    }
}
