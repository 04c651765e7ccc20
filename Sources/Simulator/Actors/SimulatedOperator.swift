import JobQueue
import Redis

/// Operations of an operator on queues and jobs, at random times.
struct SimulatedOperator: Sendable {
    let fleet: SimulatedFleet

    func run() async {
        let broker = fleet.broker()
        let longest = 8_000 * fleet.tempo
        while await fleet.stage.sleep(for: fleet.stage.random { $0.span(200, longest) }) {
            do throws(JobQueueError) {
                try await act(broker)
            } catch {
                guard case .redis = error else { return fleet.stage.violate("an operator was refused: \(error)") }
            }
        }
        // At the end the operator resumes all queues.
        for queue in fleet.queues {
            while !fleet.stage.isDead, (try? await broker.resume(queue)) == nil {
                _ = await fleet.stage.sleep(for: 100)
            }
        }
    }

    private func act(_ broker: Broker) async throws(JobQueueError) {
        let stage = fleet.stage
        let queue = stage.random { [queues = fleet.queues] in queues.randomElement(using: &$0) ?? queues[0] }
        switch stage.random({ Int.random(in: 0..<20, using: &$0) }) {
        case 0...7: try await cancel(broker)
        case 8, 9:
            let time = stage.random { [tempo = fleet.tempo] in $0.span(100, 5_000 * tempo) }
            try await broker.pause(queue, for: .milliseconds(time), reason: "simulated")
        case 10, 11: _ = try await broker.resume(queue)
        case 12...14: try await requeue(queue, broker)
        case 15: try await discard(queue, broker)
        case 16:
            if stage.random({ $0.happens(1_000) }) { _ = try await broker.purge(queue) }
        default: try await close(broker)
        }
    }

    private func cancel(_ broker: Broker) async throws(JobQueueError) {
        let ids = fleet.jobs.livingIDs(limit: 60)
        guard let id = fleet.stage.random({ ids.randomElement(using: &$0) }), let story = fleet.jobs.story(of: id)
        else { return }
        fleet.jobs.cancelAsked(id)
        let answer = try await broker.cancel(try JobID(id), in: story.queue)
        fleet.stage.say("cancels \(id): \(answer)")
    }

    private func requeue(_ queue: QueueName, _ broker: Broker) async throws(JobQueueError) {
        let dead = try await QueueInspector(broker: broker).jobs(in: queue, state: .dead, limit: 4)
        for job in dead { fleet.jobs.touched(job.id.description) }
        guard !dead.isEmpty else { return }
        _ = try await broker.deadLetters.requeueDead(dead, in: queue)
    }

    private func discard(_ queue: QueueName, _ broker: Broker) async throws(JobQueueError) {
        let dead = try await QueueInspector(broker: broker).jobs(in: queue, state: .dead, limit: 1)
        for job in dead { fleet.jobs.touched(job.id.description) }
        guard !dead.isEmpty else { return }
        _ = try await broker.deadLetters.discardDead(dead.map(\.id), in: queue)
    }

    /// Closes a bucket as a worker does after a 429.
    private func close(_ broker: Broker) async throws(JobQueueError) {
        let time = fleet.stage.random { [tempo = fleet.tempo] in $0.span(100, 2_000 * tempo) }
        let now = fleet.stage.believedNow
        let name = fleet.limited.bucket.name
        try await fleet.limiter(broker).close(name, for: .milliseconds(time))
        fleet.tokens.closed(until: now + time)
    }
}
