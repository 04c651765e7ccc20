import Redis

/// Cancels jobs.
extension Broker {
    /// Cancels a waiting job, or asks the worker that runs it to stop. With a job that waits for its children, the
    /// unfinished children are cancelled too.
    public func cancel(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> CancelAnswer {
        let children = try await maintenance.unfinishedChildren(of: id, in: queue)
        var answer = CancelAnswer.again
        // Retries while workers join concurrently; after 16 more tries the answer is `again`, and nothing was changed.
        for _ in 0..<16 where answer == .again { answer = try await cancelOnce(id, in: queue) }
        guard answer == .cancelled else { return answer }
        for child in children { _ = try await cancel(child.id, in: child.queue) }
        await maintenance.notifyParents(of: queue)
        return answer
    }

    private func cancelOnce(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> CancelAnswer {
        let keys = runner.keyspace.of(queue)
        let workers = try await claims.leaseHolders(of: queue)
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.cancel, keys.block + [keys.batch(id), keys.leases] + workers.map { keys.running($0) },
            [
                .text(id.description), .integer(Int(now)), .text(runner.keyspace.cancellations),
                .text("\(queue) \(id)"),
            ] + workers.map { .text($0.description) })
        let word = try runner.decode { () throws(RedisError) in try reply.string(of: "cancel") }
        return CancelAnswer(rawValue: word) ?? .missing
    }
}

/// The result of a request to cancel.
public enum CancelAnswer: String, Sendable {
    case cancelled
    /// It is running; its claim is marked, and its worker will stop it.
    case requested
    case finished
    case missing
    /// Nothing was changed, because workers joined at every try.
    case again
}
