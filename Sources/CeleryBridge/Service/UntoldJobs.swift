import JobQueue
import Redis

/// Tells Celery's clients of jobs that ended without an attempt of their own: that crashed with their workers too
/// often, or were cancelled by an operator.
///
/// The scripts that end such jobs know nothing of Celery, so this looks after them; each write is harmless when it is
/// made twice.
struct UntoldJobs: Sendable {
    let bridge: TaskBridge

    private static let batch = 200
    /// How far back the first look goes, in milliseconds.
    private static let firstSpan: Int64 = 3_600_000
    /// One look at every queue.
    /// - Parameter since: unix ms of the last look; nil for the first.
    func look(since: Int64?) async throws {
        let now = try await bridge.broker.clock.now()
        // A look may fall between a script's time and its end.
        let from = since.map { $0 - 10_000 } ?? now - Self.firstSpan
        let inspector = QueueInspector(broker: bridge.broker)
        for queue in bridge.rules.queues {
            let keys = bridge.broker.keyspace.of(queue.native)
            let reply = try await bridge.broker.redis.run(
                bridge.scripts.untold, keys: [keys.jobs, keys.dead, keys.done],
                arguments: [.integer(Int(from)), .integer(Self.batch)])
            for value in try reply.array(of: "untold") {
                let id = try JobID(try value.string(of: "untold"))
                if let job = try await inspector.job(id), job.queue == queue.native { try await tell(job, at: now) }
            }
        }
    }

    private func tell(_ job: StoredJob, at now: Int64) async throws {
        guard let end = end(of: job), job.envelope.kind != CeleryKinds.chord,
            let message = try? TaskMessage(raw: TaskRun.element(job.envelope.payload), bounds: bridge.bounds)
        else { return }
        // With a result there is nothing left to tell.
        guard try await !bridge.hasReadyResult(message.id) else { return }
        try await bridge.make(bridge.planner(now).writes(for: message, end: end), now: now, queue: job.queue)
    }

    private func end(of job: StoredJob) -> TaskEnd? {
        if job.state == .cancelled { return .revoked(.revoked) }
        guard job.state == .dead else { return nil }
        let error = (try? WireValue.parse(Array(job.envelope.outcome.utf8)))?.object?["error"]?.object
        return .failed(
            TaskFailure(
                "WorkerLostError", module: "billiard.exceptions",
                [.text(error?["message"]?.string ?? "The worker died with this task.")]))
    }
}
