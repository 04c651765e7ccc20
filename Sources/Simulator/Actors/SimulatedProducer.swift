import JobQueue

/// Enqueues jobs, one call after another, each repeated until its result is known.
struct SimulatedProducer: Sendable {
    let fleet: SimulatedFleet
    let life: LifeID

    func run() async {
        let broker = fleet.broker()
        var number = 0
        while fleet.stage.goesOn {
            number += 1
            await enqueue("\(life)-\(number)", broker)
            let pause = fleet.stage.random { [tempo = fleet.tempo] in $0.span(20, 3_000 * tempo) }
            if await !fleet.stage.sleep(for: pause) { return }
        }
    }

    private func enqueue(_ name: String, _ broker: Broker) async {
        do throws(JobQueueError) {
            var jobs: [NewJob] = []
            let queue = fleet.stage.random { [queues = fleet.queues] in queues.randomElement(using: &$0) ?? queues[0] }
            for part in 0..<fleet.stage.random({ Int.random(in: 1...4, using: &$0) }) {
                jobs.append(try job("\(name)-\(part)", in: queue))
            }
            try await send(jobs, broker)
        } catch {
            fleet.stage.violate("an enqueue was refused: \(error)")
        }
    }

    private func job(_ id: String, in queue: QueueName) throws(JobQueueError) -> NewJob {
        let now = fleet.stage.believedNow
        let longest: Int64 = fleet.tempo > 100 ? 48 * 3_600_000 : 60_000 * fleet.tempo
        let (delay, priority) = fleet.stage.random { random -> (Int64?, Int) in
            let delay = random.happens(4_000) ? random.span(1_000, longest) : nil
            return (delay, [0, 0, 0, 5, -5].randomElement(using: &random) ?? 0)
        }
        var job = try fleet.job(id, in: queue, start: delay.map { .at(milliseconds: now + $0) } ?? .now)
        job.priority = priority
        fleet.jobs.announced(id, in: queue, notBefore: delay.map { now + $0 } ?? 0)
        return job
    }

    /// Uses the same ids each time: repeating a call that may have been carried out adds nothing.
    private func send(_ jobs: [NewJob], _ broker: Broker) async throws(JobQueueError) {
        while !fleet.stage.isDead {
            do throws(JobQueueError) {
                for job in try await broker.enqueue(jobs) {
                    fleet.stage.violate(fleet.jobs.accepted(job.id.description, isNew: job.isNew))
                }
                return
            } catch {
                guard case .redis = error else { throw error }
                _ = await fleet.stage.sleep(for: 100)
            }
        }
    }
}
