import JobQueue
import Redis

/// Revoked task ids in Redis, for nodes that start later or were away.
struct RevokedStore: Sendable {
    let redis: RedisClient
    let key: String

    /// Stores ids; the oldest beyond `RevokedTasks.limit`, and those older than three hours, go.
    /// - Parameter now: unix ms.
    func add(_ ids: [String], now: Int64) async throws {
        guard !ids.isEmpty else { return }
        for start in stride(from: 0, to: ids.count, by: 500) {
            let part = ids[start..<min(start + 500, ids.count)]
            let pairs = part.flatMap { [RedisWord.integer(Int(now)), .text($0)] }
            let replies = try await redis.pipeline([
                RedisCommand(["ZADD", .text(key)] + pairs),
                ["ZREMRANGEBYSCORE", .text(key), "-inf", .text("(\(now - RevokedTasks.lifetime)")],
                ["ZREMRANGEBYRANK", .text(key), 0, .integer(-RevokedTasks.limit - 1)],
                ["PEXPIRE", .text(key), .integer(Int(RevokedTasks.lifetime))],
            ])
            for reply in replies { _ = try reply.checked() }
        }
    }

    /// The ids that were revoked since a time.
    func ids(since: Int64) async throws -> [String] {
        let reply = try await redis.send([
            "ZRANGEBYSCORE", .text(key), .integer(Int(since)), "+inf", "LIMIT", 0, .integer(RevokedTasks.limit),
        ])
        return try reply.array(of: "ZRANGEBYSCORE").map { value throws(RedisError) in
            try value.string(of: "ZRANGEBYSCORE")
        }
    }
}
