import Foundation
import Redis

/// Jobs that wait for their children.
///
/// The script that finishes a child adds a completion to the child's own queue. Delivering the completion is a separate
/// step in the parent's queue, which is safe to repeat; so no completion is lost when a worker dies between the two.
extension Broker {
    /// Delivers the child completions of a queue to the waiting parents.
    /// - Returns: how many were delivered, up to 1024.
    @discardableResult
    public func deliverChildCompletions(of queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = keyspace.of(queue)
        var delivered = 0
        // Until none is left: a parent that finishes may be a child itself, and its completion is appended to the list.
        for _ in 0..<16 {
            let reply = try await send(["LRANGE", .text(keys.completions), 0, 63])
            let reports = try decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
            guard !reports.isEmpty else { break }
            for report in reports { try await deliver(report, from: queue) }
            _ = try await run(Scripts.dropCompletions, [keys.completions], reports.map { .text($0) })
            delivered += reports.count
        }
        return delivered
    }

    /// Ignores errors: the settlement itself is done, and maintenance delivers the remaining completions.
    func notifyParents(of queue: QueueName) async { _ = try? await deliverChildCompletions(of: queue) }

    private func deliver(_ report: String, from queue: QueueName) async throws(JobQueueError) {
        let parts = report.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let parent = JobAddress(parts[0]) else { return }
        let keys = keyspace.of(parent.queue)
        let now = try await clock.now()
        let stored = try await send(["HGET", .text(keys.batch(parent.id)), "#then"])
        let text = try decode { () throws(RedisError) in try stored.optionalString(of: "HGET") } ?? ""
        // A batch whose callback job cannot be read is not completed without it: its completion stays, and maintenance
        // logs an error.
        let follow = text.isEmpty ? nil : try FollowUp.job(text, after: parent.id)
        var arguments: [RedisWord] = [
            .integer(Int(now)), .text(parent.id.description), .text(parts[1].isEmpty ? "" : "\(queue)/\(parts[1])"),
            .text(parts[2]), .text(parts[3]), .integer(finishedLimit),
        ]
        if let follow, let id = follow.id {
            try await register(follow.queue)
            let freshFor = try await demands(of: follow.queue).freshForMilliseconds
            arguments += [
                .text(id.description), .bytes(follow.record(now: now, freshFor: freshFor)), .integer(follow.priority),
                .integer(Int(follow.dueMilliseconds(now: now))),
            ]
        } else {
            arguments += ["", "", 0, 0]
        }
        let reply = try await run(
            Scripts.completeBatch,
            keys.block + [keys.batch(parent.id)] + (follow.map { keyspace.of($0.queue).block } ?? []), arguments)
        let word = try decode { () throws(RedisError) in try reply.string(of: "complete_batch") }
        // The parent may be a child itself; then its own completion lies in its own queue.
        if word == "succeeded" || word == "dead", parent.queue != queue { await notifyParents(of: parent.queue) }
    }

    /// The unfinished children of a waiting job, by name; none when it does not wait.
    func unfinishedChildren(of id: JobID, in queue: QueueName) async throws(JobQueueError) -> [JobAddress] {
        let reply = try await send(["HGETALL", .text(keyspace.of(queue).batch(id))])
        return try decode { () throws(RedisError) in
            var children: [JobAddress] = []
            let ends = try reply.pairs(of: "HGETALL").sorted { $0.name < $1.name }
            for (name, value) in ends where try value.string(of: "HGETALL").isEmpty {
                if let child = JobAddress(name) { children.append(child) }
            }
            return children
        }
    }
}

/// A job and its queue: `<queue>/<id>`.
struct JobAddress: Sendable, Equatable {
    let queue: QueueName
    let id: JobID

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let queue = try? QueueName(String(parts[0])), let id = try? JobID(String(parts[1]))
        else { return nil }
        self.queue = queue
        self.id = id
    }
}

/// The callback job of a batch, as Redis stores it until the batch completes.
enum FollowUp {
    private struct Stored: Codable {
        var id, queue, kind, args: String
        var priority: Int
        var freshForMilliseconds: Int64?
        var options: JobOptions
    }

    /// Finds everything that could prevent the enqueue, while the parent's attempt can still fail with the error.
    /// - Parameter parent: the job whose children it waits for; its id is derived from the parent's unless it has its
    ///   own.
    /// - Throws: as `NewJob.check`; `JobQueueError.badName` when the parent's id is too long to derive another from it.
    static func text(_ job: NewJob, after parent: JobID) throws(JobQueueError) -> String {
        var checked = job
        // It starts when the children have finished, whatever time it names.
        checked.start = .now
        checked.options.parentID = parent.description
        try checked.check(now: 0)
        let id = if let own = job.id { own } else { try parent.child("then") }
        do {
            return try CompactJSON.text(
                Stored(
                    id: id.description, queue: job.queue.description, kind: job.kind.description,
                    args: String(decoding: job.payload.bytes, as: UTF8.self), priority: job.priority,
                    freshForMilliseconds: job.freshForMilliseconds, options: checked.options))
        } catch { throw .payloadNotJSON("\(error)") }
    }

    /// - Throws: `JobQueueError.unreadableRecord` for what `text` does not write.
    static func job(_ text: String, after parent: JobID) throws(JobQueueError) -> NewJob {
        do {
            let stored = try JSONDecoder().decode(Stored.self, from: Data(text.utf8))
            var job = NewJob(
                id: try JobID(stored.id), kind: try JobKind(stored.kind), queue: try QueueName(stored.queue),
                payload: try JobPayload(json: stored.args))
            job.priority = stored.priority
            job.freshForMilliseconds = stored.freshForMilliseconds
            job.options = stored.options
            return job
        } catch { throw .unreadableRecord(id: parent.description, why: "what follows its batch is '\(error)'.") }
    }
}

extension LeasedJob {
    /// Whether another job waits for this one.
    var isChildOfBatch: Bool { !envelope.options.isEmpty && envelope.options.contains("\"batch\":") }
}
