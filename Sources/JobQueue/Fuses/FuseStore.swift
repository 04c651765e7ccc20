import Redis

/// Adds, lists and removes fuses. A fuse stands in each queue that it concerns, because one script claims the jobs of a
/// queue; each of its queues has it or not by itself.
public struct FuseStore: Sendable {
    let runner: ScriptRunner

    /// - Parameter broker: one that notes the changes of an operator.
    public init(broker: Broker) { runner = broker.runner }

    /// The most fuses of one queue.
    public static let fuseLimit = 100
    /// The most arguments that a fuse matches.
    public static let matchLimit = 8

    /// Parks jobs of a kind in these queues from the next fetch on.
    /// - Parameters:
    ///   - match: arguments that the jobs have, each with its value as text; empty for all jobs of the kind.
    ///   - duration: 1 s to 366 days. A clock that is ahead now does not make it longer once it is corrected.
    ///   - queues: a failure in between leaves the fuse in those before it.
    /// - Returns: the fuse, the same in all queues.
    /// - Throws: `JobQueueError.outOfRange` for a duration or a number of arguments that is not allowed, or a queue
    ///   with too many fuses.
    public func add(
        kind: JobKind, match: [String: String], for duration: Duration, reason: String, by who: String,
        to queues: [QueueName]
    ) async throws(JobQueueError) -> Fuse {
        guard (Duration.seconds(1)...Duration.seconds(366 * 86_400)).contains(duration) else {
            throw .outOfRange(what: "The duration of a fuse", value: "\(duration)", range: "1 s to 366 days")
        }
        guard match.count <= Self.matchLimit else {
            throw .outOfRange(
                what: "The number of arguments", value: "\(match.count)", range: "up to \(Self.matchLimit)")
        }
        let now = try await runner.clock.now()
        var random = SystemRandomNumberGenerator()
        let fuse = Fuse(
            id: String(UInt32.random(in: .min ... .max, using: &random), radix: 36), kind: kind, match: match,
            since: now, until: now + duration.milliseconds, who: PlainText.line(who, limit: 200),
            reason: PlainText.line(reason, limit: 200))
        // Texts and a number are always JSON.
        guard let text = try? CompactJSON.text(fuse.stored) else { return fuse }
        for queue in queues {
            guard try await put(text, fuse.id, fuse.until, duration.milliseconds, queue) >= 0 else {
                throw .outOfRange(
                    what: "The number of fuses of queue '\(queue)'", value: "\(Self.fuseLimit + 1)",
                    range: "up to \(Self.fuseLimit)")
            }
        }
        return fuse
    }

    /// - Returns: 1 added; 0 the queue has one of this id; -1 it has too many.
    func put(
        _ json: String, _ id: String, _ until: Int64, _ length: Int64, _ queue: QueueName
    ) async throws(JobQueueError) -> Int {
        let reply = try await runner.run(
            Scripts.addFuse, [runner.keyspace.of(queue).fuses],
            [.text(id), .text(json), .integer(Int(until)), .integer(Int(length)), .integer(Self.fuseLimit)])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "add_fuse") }
    }

    /// Takes a fuse out of these queues. Maintenance releases its jobs step by step.
    /// - Returns: the queues that had it.
    public func remove(_ id: String, from queues: [QueueName]) async throws(JobQueueError) -> [QueueName] {
        var removed: [QueueName] = []
        for queue in queues {
            let reply = try await runner.run(
                Scripts.removeFuse, [runner.keyspace.of(queue).fuses], [.text(id)])
            if try runner.decode({ () throws(RedisError) in try reply.bool(of: "remove_fuse") }) {
                removed.append(queue)
            }
        }
        return removed
    }

    /// The fuses of these queues, with the queues that have them; those that end first come first. One that has ended
    /// and that maintenance has not removed yet is left out.
    public func fuses(of queues: [QueueName]) async throws(JobQueueError) -> [(fuse: Fuse, queues: [QueueName])] {
        let now = try await runner.clock.now()
        let replies = try await runner.pipeline(
            queues.map { ["HGETALL", .text(runner.keyspace.of($0).fuses)] })
        var found: [String: (fuse: Fuse, queues: [QueueName])] = [:]
        for (queue, reply) in zip(queues, replies) {
            let fields = try runner.decode { () throws(RedisError) in
                var fields: [String: String] = [:]
                for (name, value) in try reply.pairs(of: "HGETALL") {
                    fields[name] = try value.shownText(of: "HGETALL")
                }
                return fields
            }
            for (name, json) in fields where name.hasPrefix("f:") {
                let id = String(name.dropFirst(2))
                let until = fields["t:" + id]?.split(separator: " ").first.flatMap { StoredTime.milliseconds($0) }
                guard let until, until > now, let fuse = Fuse(id: id, json: json, until: until) else { continue }
                found[id, default: (fuse, [])].queues.append(queue)
            }
        }
        return found.values.sorted { ($0.fuse.until, $0.fuse.id) < ($1.fuse.until, $1.fuse.id) }
    }
}
