import Redis
import Synchronization
import TestSupport

/// One redis-server for all suites of this target. Every caller gets a database of its own, so they run side by side.
enum SharedServer {
    private static let starting = Task {
        try await TemporaryRedis.start(.init(arguments: ["--databases", "1024"]))
    }
    private static let nextDatabase = Mutex(0)

    /// A client of an empty database that nobody else uses.
    static func client() async throws -> RedisClient {
        let database = nextDatabase.withLock { next in
            defer { next += 1 }
            return next
        }
        return try await starting.value.client(database: database)
    }
}
