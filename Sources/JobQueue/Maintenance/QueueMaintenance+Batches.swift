import Redis

/// Jobs that wait for their children.
///
/// The script that finishes a child adds a completion to the child's own queue. Delivering the completion is a separate
/// step in the parent's queue, which is safe to repeat; so no completion is lost when a worker dies between the two.
extension QueueMaintenance {
    /// Delivers the child completions of a queue to the waiting parents.
    /// - Returns: how many were delivered, up to 1024.
    @discardableResult
    public func deliverChildCompletions(of queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        var delivered = 0
        // Until none is left: a parent that finishes may be a child itself, and its completion is appended to the list.
        for _ in 0..<16 {
            let reply = try await runner.send(["LRANGE", .text(keys.completions), 0, 63])
            let reports = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
            guard !reports.isEmpty else { break }
            for report in reports { try await deliver(report, from: queue) }
            _ = try await runner.run(Scripts.dropCompletions, [keys.completions], reports.map { .text($0) })
            delivered += reports.count
        }
        return delivered
    }

    /// Ignores errors: the settlement itself is done, and maintenance delivers the remaining completions.
    func notifyParents(of queue: QueueName) async { _ = try? await deliverChildCompletions(of: queue) }

    private func deliver(_ report: String, from queue: QueueName) async throws(JobQueueError) {
        let parts = report.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let parent = JobAddress(parts[0]) else { return }
        let keys = runner.keyspace.of(parent.queue)
        let now = try await runner.clock.now()
        let stored = try await runner.send(["HGET", .text(keys.batch(parent.id)), "#then"])
        let text = try runner.decode { () throws(RedisError) in try stored.optionalString(of: "HGET") } ?? ""
        // A batch whose callback job cannot be read is not completed without it: its completion stays, and maintenance
        // logs an error.
        let follow = text.isEmpty ? nil : try FollowUp.job(text, after: parent.id)
        var arguments: [RedisWord] = [
            .integer(Int(now)), .text(parent.id.description), .text(parts[1].isEmpty ? "" : "\(queue)/\(parts[1])"),
            .text(parts[2]), .text(parts[3]), .integer(runner.finishedLimit),
        ]
        if let follow, let id = follow.id {
            try await runner.register(follow.queue)
            let freshFor = try await runner.demands(of: follow.queue).freshForMilliseconds
            arguments += [
                .text(id.description), .bytes(follow.record(now: now, freshFor: freshFor)), .integer(follow.priority),
                .integer(Int(follow.dueMilliseconds(now: now))),
            ]
        } else {
            arguments += ["", "", 0, 0]
        }
        let reply = try await runner.run(
            Scripts.completeBatch,
            keys.block + [keys.batch(parent.id)] + (follow.map { runner.keyspace.of($0.queue).block } ?? []), arguments)
        let word = try runner.decode { () throws(RedisError) in try reply.string(of: "complete_batch") }
        // The parent may be a child itself; then its own completion lies in its own queue.
        if word == "succeeded" || word == "dead", parent.queue != queue { await notifyParents(of: parent.queue) }
    }

    /// The unfinished children of a waiting job, by name; none when it does not wait.
    func unfinishedChildren(of id: JobID, in queue: QueueName) async throws(JobQueueError) -> [JobAddress] {
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.of(queue).batch(id))])
        return try runner.decode { () throws(RedisError) in
            var children: [JobAddress] = []
            let ends = try reply.pairs(of: "HGETALL").sorted { $0.name < $1.name }
            for (name, value) in ends where try value.string(of: "HGETALL").isEmpty {
                if let child = JobAddress(name) { children.append(child) }
            }
            return children
        }
    }
}
