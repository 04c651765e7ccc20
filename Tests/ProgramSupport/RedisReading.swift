import Foundation
package import Redis
import TestSupport

extension RedisClient {
    /// A client of the redis-server that `up` has started in a sandbox.
    package static func of(_ sandbox: Sandbox) throws -> RedisClient {
        let url = sandbox.read(".flotilla/redis.url").trimmingCharacters(in: .whitespacesAndNewlines)
        return RedisClient(address: try RedisAddress(url), options: RedisOptions(), logger: .quiet)
    }

    package func list(_ key: String) async throws -> [String] {
        try await send(["LRANGE", .text(key), 0, -1]).strings(of: "LRANGE")
    }

    /// Nominal times of an entry's ticks, unix ms, in their order.
    package func ticks(of entry: String, in queue: String) async throws -> [Int64] {
        let ids = try await send(["ZRANGE", .text("flotilla:1:{\(queue)}:ticks"), 0, -1]).strings(of: "ZRANGE")
        return ids.filter { $0.hasPrefix(entry + "@") }.compactMap { Int64($0.dropFirst(entry.count + 1)) }
    }
}
