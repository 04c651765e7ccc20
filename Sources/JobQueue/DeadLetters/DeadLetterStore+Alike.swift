import Redis

/// How many of a queue's newest dead jobs failed alike.
public struct DeadAlike: Sendable, Equatable {
    /// Jobs of the kind with the fingerprint among those that were looked at.
    public let count: Int
    /// Dead jobs that were looked at, the newest ones.
    public let looked: Int
    /// All dead jobs of the queue.
    public let total: Int
    /// When the first of `count` died, unix milliseconds; nil for none.
    public let firstMilliseconds: Int64?
}

extension DeadLetterStore {
    /// Looks at the newest dead jobs of a queue for those that failed alike; for display.
    /// - Parameters:
    ///   - fingerprint: as in `JobFailure`.
    ///   - limit: how many are looked at; 500 a round trip.
    public func alike(
        _ fingerprint: String, _ kind: JobKind, in queue: QueueName, limit: Int = 2_000
    ) async throws(JobQueueError) -> DeadAlike {
        let keys = runner.keyspace.of(queue)
        let replies = try await runner.pipeline([
            ["ZREVRANGE", .text(keys.dead), 0, .integer(limit - 1)], ["ZCARD", .text(keys.dead)],
        ])
        let (ids, total) = try runner.decode { () throws(RedisError) in
            (try replies[0].strings(of: "ZREVRANGE"), try replies[1].int(of: "ZCARD"))
        }
        let pages = stride(from: 0, to: ids.count, by: Broker.batchLimit).map { start in
            RedisCommand(["HMGET", .text(keys.jobs)] + ids[start...].prefix(Broker.batchLimit).map { .text($0) })
        }
        let values = try await runner.pipeline(pages)
        var (count, first): (Int, Int64?) = (0, nil)
        try runner.decode { () throws(RedisError) in
            for page in values {
                for value in try page.array(of: "HMGET") {
                    guard let record = try value.optionalBytes(of: "HMGET"), let facts = DeadFacts(record),
                        facts.fingerprint == fingerprint, facts.kind == kind.description
                    else { continue }
                    count += 1
                    first = min(first ?? .max, facts.diedMilliseconds)
                }
            }
        }
        return DeadAlike(count: count, looked: ids.count, total: total, firstMilliseconds: first)
    }
}
