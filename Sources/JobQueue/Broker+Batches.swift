import Foundation
import Redis

/// Jobs that wait for their children.
///
/// A child that ends leaves a notice in its own queue, in the step that ends it. Delivering the notice is a step of its
/// own in the parent's queue, which may be taken twice; so nothing is lost between the two, whoever dies.
extension Broker {
    /// Delivers the notices of a queue: tells waiting parents which of their children are over.
    /// - Returns: how many were delivered, up to 1024.
    @discardableResult
    public func deliverNotices(of queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = KeysOfQueue(queue)
        var delivered = 0
        // Until none is left: a parent that is over may be a child itself, and its notice comes last.
        for _ in 0..<16 {
            let reply = try await send(["LRANGE", .text(keys.notices), 0, 63])
            let notices = try decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
            guard !notices.isEmpty else { break }
            for notice in notices { try await deliver(notice, from: queue) }
            _ = try await run(Scripts.dropNotices, [keys.notices], notices.map { .text($0) })
            delivered += notices.count
        }
        return delivered
    }

    /// What is not delivered now is delivered by the next one who looks: the settlement itself is done.
    func tellParents(of queue: QueueName) async { _ = try? await deliverNotices(of: queue) }

    private func deliver(_ notice: String, from queue: QueueName) async throws(JobQueueError) {
        let parts = notice.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let parent = JobAddress(parts[0]) else { return }
        let keys = KeysOfQueue(parent.queue)
        let now = try await clock.now()
        let stored = try await send(["HGET", .text(keys.batch(parent.id)), "#then"])
        let text = try decode { () throws(RedisError) in try stored.optionalString(of: "HGET") } ?? ""
        let follow = text.isEmpty ? nil : try? FollowUp.job(text, after: parent.id)
        var arguments: [RedisWord] = [
            .integer(Int(now)), .text(parent.id.description), .text(parts[1].isEmpty ? "" : "\(queue)/\(parts[1])"),
            .text(parts[2]), .text(parts[3]), .integer(finishedLimit),
        ]
        if let follow, let id = follow.id {
            try await register(follow.queue)
            arguments += [
                .text(id.description), .bytes(follow.record(now: now)), .integer(follow.priority),
                .integer(Int(follow.dueMilliseconds(now: now))),
            ]
        } else {
            arguments += ["", "", 0, 0]
        }
        let reply = try await run(
            Scripts.completeBatch,
            keys.block + [keys.batch(parent.id)] + (follow.map { KeysOfQueue($0.queue).block } ?? []), arguments)
        let word = try decode { () throws(RedisError) in try reply.string(of: "complete_batch") }
        // The parent may be a child itself; its own notice lies in its own queue then.
        if word == "succeeded" || word == "dead", parent.queue != queue { await tellParents(of: parent.queue) }
    }

    /// The children of a waiting job that are not over, by name; none when it does not wait.
    func unfinishedChildren(of id: JobID, in queue: QueueName) async throws(JobQueueError) -> [JobAddress] {
        let reply = try await send(["HGETALL", .text(KeysOfQueue(queue).batch(id))])
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

/// The job that follows a batch, as it lies in Redis until then.
enum FollowUp {
    private struct Stored: Codable {
        var id: String?
        var queue, kind, args: String
        var priority: Int
        var options: JobOptions
    }

    static func text(_ job: NewJob) throws(JobQueueError) -> String {
        var checked = job
        checked.start = .now
        try checked.check(now: 0)
        do {
            return try CompactJSON.text(
                Stored(
                    id: job.id?.description, queue: job.queue.description, kind: job.kind.description,
                    args: String(decoding: job.payload.bytes, as: UTF8.self), priority: job.priority,
                    options: job.options))
        } catch { throw .payloadNotJSON("\(error)") }
    }

    /// - Parameter parent: whose children are over; the job's id comes from it unless it has its own.
    static func job(_ text: String, after parent: JobID) throws -> NewJob {
        let stored = try JSONDecoder().decode(Stored.self, from: Data(text.utf8))
        var job = NewJob(
            id: try stored.id.map { try JobID($0) } ?? parent.child("then"), kind: try JobKind(stored.kind),
            queue: try QueueName(stored.queue), payload: try JobPayload(json: stored.args))
        job.priority = stored.priority
        job.options = stored.options
        job.options.parentID = parent.description
        return job
    }
}

extension LeasedJob {
    /// Whether another job waits for this one.
    var isChildOfBatch: Bool { !envelope.options.isEmpty && envelope.options.contains("\"batch\":") }
}
