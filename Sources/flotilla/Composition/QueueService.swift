import JobQueue
import Operations
import ScheduleConfiguration
import TestJobs

/// The workers that serve a queue: live ones, and the pools of the schedule.
struct QueueService {
    private let workers: [WorkerReport]
    private let pools: [WorkerPool]

    init(_ composition: Composition, _ broker: Broker) async throws {
        workers = try await WorkerRegistry(broker: broker).live()
        pools = await composition.fleetView(broker).schedule()?.pools ?? []
    }

    /// Every queue that a worker or pool serves by name.
    private var names: Set<String> { Set(workers.flatMap(\.queues) + pools.flatMap(\.queueNames)).subtracting(["*"]) }

    private func isServed(_ queue: QueueName) -> Bool {
        let name = queue.description
        return workers.contains { $0.serves(name) } || pools.contains { $0.serves(name) }
    }

    /// Refuses a queue without workers: jobs in a mistyped queue would wait for ever.
    /// - Throws: `CommandFailure` with status `refused`.
    func refuseUnserved(_ queue: QueueName) throws {
        guard !isServed(queue) else { return }
        let near = SpellingSuggestion.suggestion(for: queue.description, among: names).map { " Did you mean '\($0)'?" }
        let known = names.isEmpty ? "" : " There are: \(names.sorted().joined(separator: ", "))."
        throw CommandFailure(
            .refused,
            "No worker and no pool of the schedule serves queue '\(queue)', so its jobs would wait for ever."
                + "\(near ?? known) Say --new-queue if a worker will serve it.")
    }

    /// A warning for the caller that enqueues into the queue; nil when a worker will fetch the job.
    func warning(_ queue: QueueName, _ kind: JobKind, version: Int) -> String? {
        guard isServed(queue) else {
            return "warning: no worker and no pool of the schedule serves queue '\(queue)'. "
                + "The job waits until one does: flotilla worker --queues \(queue)"
        }
        let serving = workers.filter { $0.serves(queue.description) }
        guard !serving.isEmpty, !serving.contains(where: { $0.knows(kind, version: version) }) else { return nil }
        let mend = TestJobCatalog.isTest(kind.description) ? ": flotilla worker --with-test-jobs" : ""
        return "warning: no live worker of queue '\(queue)' knows kind '\(FleetHolds.text(kind, version))'. "
            + "The job is parked until one does\(mend)"
    }
}
