import Redis

/// What operators removed or moved within the last day, as it was before: what `undo` puts back.
public struct OperatorBin: Sendable {
    private let runner: ScriptRunner

    /// Jobs that the bin of one queue holds at the most; they take 64 MiB at the most.
    public static let jobLimit = 10_000
    /// How long a job is kept in it.
    public static let retention = Duration.seconds(86_400)

    /// Reads through a broker's connection.
    public init(broker: Broker) { runner = broker.runner }

    /// How many jobs of average length the bin of a queue has room for.
    public func room(in queue: QueueName) async throws(JobQueueError) -> Int {
        let reply = try await runner.send(["ZCARD", .text(runner.keyspace.of(queue).bin)])
        return try runner.decode { () throws(RedisError) in max(0, Self.jobLimit - (try reply.int(of: "ZCARD"))) }
    }

    /// The jobs of one queue's bin, newest operation first. Reads the bin only.
    /// - Parameters:
    ///   - operation: an entry of the operator log; nil for all.
    ///   - limit: at most so many.
    public func jobs(
        in queue: QueueName, of operation: String? = nil, limit: Int
    ) async throws(JobQueueError) -> [BinnedJob] {
        let keys = runner.keyspace.of(queue)
        let (low, high) = operation.map { ("[\($0) ", "(\($0)!") } ?? ("-", "+")
        let reply = try await runner.send([
            "ZREVRANGEBYLEX", .text(keys.bin), .text(high), .text(low), "LIMIT", 0, .integer(limit),
        ])
        let members = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZREVRANGEBYLEX") }
        guard !members.isEmpty else { return [] }
        let values = try await runner.send(
            RedisCommand(["HMGET", .text(keys.binned)] + members.map { .text($0) }))
        return try runner.decode { () throws(RedisError) in
            zip(members, try values.array(of: "HMGET")).compactMap { member, value in
                (try? value.optionalString(of: "HMGET")).flatMap {
                    BinnedJob(member: member, text: $0, queue: queue)
                }
            }
        }
    }

    /// Removes what is in the bin for longer than `retention`, at most 4096 jobs.
    /// - Returns: how many.
    @discardableResult
    public func sweep(_ queue: QueueName) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let first = OperationID.first(at: try await runner.clock.now() - Self.retention.milliseconds)
        var removed = 0
        for _ in 0..<16 {
            let reply = try await runner.run(Scripts.sweepBin, [keys.bin, keys.binned], [.text(first), 256])
            let count = try runner.decode { () throws(RedisError) in try reply.int(of: "sweep_bin") }
            removed += count
            if count < 256 { break }
        }
        return removed
    }
}

/// A job as it was before an operator removed or moved it.
public struct BinnedJob: Sendable, Equatable {
    /// The entry of the operator log.
    public let operation: String
    public let id: JobID
    public let queue: QueueName
    /// The key that held it: `dead`, `ready`, `ranked`, `scheduled`, `retrying`, `parked` or `done`; `none` for the
    /// replacement that an edit made.
    public let place: String
    /// The record as it was; nil when this version cannot read it, or there was none.
    public let envelope: JobEnvelope?
    /// The queue of the job, if it is another one than that whose bin this is.
    public let otherQueue: QueueName?

    private struct Stored: Decodable {
        let record: String?
        let place: String
        let other: String?
    }

    /// - Parameters:
    ///   - member: `<operation> <number> <job id>`.
    ///   - text: as fill_bin of bin.lua writes it.
    init?(member: String, text: String, queue: QueueName) {
        let words = member.split(separator: " ")
        guard words.count == 3, let stored = CompactJSON.value(of: Stored.self, in: text) else { return nil }
        operation = String(words[0])
        id = JobID(unchecked: String(words[2]))
        self.queue = queue
        place = stored.place
        otherQueue = stored.other.flatMap { try? QueueName($0) }
        envelope = stored.record.flatMap { try? JobEnvelope(record: Array($0.utf8), id: String(words[2])) }
    }
}
