import Redis

/// Messages of another program as claimed jobs.
extension ClaimStore {
    /// Takes the next messages of the source, each as a job that this worker has claimed, in one step. Never waits.
    ///
    /// The job's id is the message's own where it can be one, its kind the task's name, its arguments the message.
    /// - Parameters:
    ///   - limit: 1 to 256.
    ///   - isKnown: jobs of other kinds get the source's `unnamedKind`, so that senders cannot invent kinds.
    public func take(
        from source: MessageSource, into queue: QueueName, for worker: WorkerID, limit: Int,
        isKnown: (JobKind) -> Bool
    ) async throws(JobQueueError) -> FetchAnswer {
        let keys = runner.keyspace.of(queue)
        let now = try await runner.clock.now()
        let home = runner.redis.address.database
        let reply = try await runner.run(
            Scripts.takeMessages, keys.block + [keys.running(worker), keys.leases, keys.fuses] + source.lists,
            [
                .text(worker.description), .integer(Int(now)), .integer(min(max(limit, 1), 256)),
                source.database == home ? "" : .integer(source.database), .integer(home),
                .integer(MessageSource.mostBytes), .text(source.unnamedKind.description),
                .integer(MessageSource.longestMessage), .text(runner.keyspace.bridge("oversize:")),
            ])
        let answer = try await leased(reply, queue: queue, worker: worker, now: now)
        guard case .jobs(let jobs) = answer else { return answer }
        return .jobs(jobs.map { isKnown($0.kind) ? $0 : $0.with(kind: source.unnamedKind) })
    }

    /// How many messages lie in the lists of a source.
    public func count(in source: MessageSource) async throws(JobQueueError) -> Int {
        let reply = try await runner.run(
            Scripts.countMessages, source.lists,
            [
                source.database == runner.redis.address.database ? "" : .integer(source.database),
                .integer(runner.redis.address.database),
            ])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "count_messages") }
    }
}
