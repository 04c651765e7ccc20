public import Redis
import Synchronization

/// One redis-server for all suites of a run. Every caller gets a database of its own, so they run side by side.
public enum SharedServer {
    private static let starting = Task {
        try await TemporaryRedis.start(.init(arguments: ["--databases", "8192"]))
    }
    private static let nextDatabase = Mutex(0)

    /// A client of an empty database that no other caller uses.
    public static func client() async throws -> RedisClient {
        let database = nextDatabase.withLock { next in
            defer { next += 1 }
            return next
        }
        return try await starting.value.client(database: database)
    }
}
