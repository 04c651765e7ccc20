import Redis

/// The attempts of the whole fleet in Redis, for metrics: since when they are counted, only Redis knows, and a Redis
/// that loses its data begins at zero, as a counter of Prometheus may.
public struct AttemptStore: Sendable {
    private let runner: ScriptRunner

    public init(broker: Broker) { runner = broker.runner }

    /// Adds what a worker has counted. Repeating it after a lost reply counts it twice.
    public func add(_ totals: AttemptTotals) async throws(JobQueueError) {
        let key = RedisWord.text(runner.keyspace.attempts)
        let replies = try await runner.pipeline(
            totals.fields.map { ["HINCRBY", key, .text($0.name), .integer($0.value)] })
        try runner.decode { () throws(RedisError) in for reply in replies { _ = try reply.int(of: "HINCRBY") } }
    }

    /// All that was ever added.
    public func totals() async throws(JobQueueError) -> AttemptTotals {
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.attempts)])
        return try runner.decode { () throws(RedisError) in
            var totals = AttemptTotals()
            for (field, value) in try reply.pairs(of: "HGETALL") {
                guard let number = Int(try value.string(of: "HGETALL")) else { continue }
                totals.read(field, number)
            }
            return totals
        }
    }
}
