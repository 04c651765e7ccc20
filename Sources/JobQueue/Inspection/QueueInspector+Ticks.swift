import Redis

extension QueueInspector {
    /// How many ticks of each entry a queue has handled, enqueued or skipped, by their nominal times.
    /// - Parameter window: unix milliseconds; ticks older than two days are no longer stored.
    public func ticks(in queue: QueueName, during window: Range<Int64>) async throws(JobQueueError) -> [String: Int] {
        let reply = try await runner.send([
            "ZRANGEBYSCORE", .text(runner.keyspace.of(queue).ticks), .integer(Int(window.lowerBound)),
            .text("(\(window.upperBound)"),
        ])
        let ids = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYSCORE") }
        var counts: [String: Int] = [:]
        for id in ids {
            guard let end = id.lastIndex(of: "@") else { continue }
            counts[String(id[..<end]), default: 0] += 1
        }
        return counts
    }
}
