import Redis

/// A job that another one waits for: a child of a batch.
public struct ChildReport: Sendable, Equatable {
    /// The queue that the child was enqueued in.
    public let queue: String
    /// Its id there.
    public let id: String
    /// Whether its end is counted.
    public let isOver: Bool
}

/// Which jobs hold what others wait for. Each read is one command.
extension QueueInspector {
    /// The running jobs of a concurrency key, in the order in which they started.
    public func runningJobs(
        ofConcurrencyKey key: String, in queue: QueueName
    ) async throws(JobQueueError) -> [JobID] {
        try await ids(in: runner.keyspace.of(queue).locks, field: "c:\(key)")
    }

    /// The job that a unique key names, and until when the key is kept although that job may have ended, unix
    /// milliseconds (0: as long as it is unfinished); nil when the key is free.
    public func uniqueHolder(
        of key: String, in queue: QueueName
    ) async throws(JobQueueError) -> (id: JobID, until: Int64)? {
        let locks = runner.keyspace.of(queue).locks
        let reply = try await runner.send(["HGET", .text(locks), .text("u:\(key)")])
        let text = try runner.decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        let words = (text ?? "").split(separator: " ")
        guard words.count >= 2, let until = StoredTime.milliseconds(words[0]) else { return nil }
        return (JobID(unchecked: String(words[1])), until)
    }

    /// The children of a waiting job, by queue and id; empty when it does not wait. At most 1000.
    public func children(of id: JobID, in queue: QueueName) async throws(JobQueueError) -> [ChildReport] {
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.of(queue).batch(id))])
        return try runner.decode { () throws(RedisError) in
            var children: [ChildReport] = []
            for (field, value) in try reply.pairs(of: "HGETALL") where !field.hasPrefix("#") {
                let parts = field.split(separator: "/", maxSplits: 1)
                guard parts.count == 2 else { continue }
                children.append(
                    ChildReport(
                        queue: String(parts[0]), id: String(parts[1]),
                        isOver: try !value.shownText(of: "HGETALL").isEmpty))
            }
            return children.sorted { ($0.queue, $0.id) < ($1.queue, $1.id) }
        }
    }

    /// The jobs of a schedule entry, or of one entity of it, that had not ended at its last tick, oldest first.
    /// - Parameter name: `entry`, or `entry#entity`.
    public func unfinishedJobs(ofEntry name: String, in queue: QueueName) async throws(JobQueueError) -> [JobID] {
        try await ids(in: runner.keyspace.of(queue).entries, field: "l:\(name)")
    }

    /// The words of a field of a hash.
    private func ids(in key: String, field: String) async throws(JobQueueError) -> [JobID] {
        let reply = try await runner.send(["HGET", .text(key), .text(field)])
        let text = try runner.decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
        return (text ?? "").split(separator: " ").map { JobID(unchecked: String($0)) }
    }
}
