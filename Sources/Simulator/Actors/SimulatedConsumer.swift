import JobQueue

/// Runs some of the jobs that schedulers enqueue in runs without workers, and removes the rest.
struct SimulatedConsumer: Sendable {
    let fleet: SimulatedFleet

    func run() async {
        let broker = fleet.broker()
        let worker = fleet.stage.random { WorkerID(host: "sim", pid: 1, using: &$0) }
        while await fleet.stage.sleep(for: fleet.stage.random { $0.span(500, 20_000) }) {
            for queue in fleet.queues {
                // An error leaves the rest to the next round.
                do throws(JobQueueError) {
                    try await consume(queue, broker, worker)
                } catch {
                    fleet.stage.say("consumes nothing: \(error)")
                }
            }
        }
    }

    private func consume(_ queue: QueueName, _ broker: Broker, _ worker: WorkerID) async throws(JobQueueError) {
        try await broker.claims.join(queue, as: worker, lease: .seconds(4))
        if case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 64), !jobs.isEmpty {
            _ = await fleet.stage.sleep(for: fleet.stage.random { $0.span(100, 6_000) })
            _ = try await broker.claims.acknowledge(jobs.map { Completion($0) })
        }
        try await broker.claims.leave(queue, as: worker)
        _ = try await broker.maintenance.rescueExpired(in: queue, maxCrashes: 3)
        _ = try await broker.maintenance.promoteDue(in: queue)
        if fleet.stage.random({ $0.happens(3_000) }) { _ = try await broker.purge(queue) }
    }
}
