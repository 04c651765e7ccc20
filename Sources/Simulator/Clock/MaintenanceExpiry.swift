import Redis
import Synchronization

/// Ends the maintenance lease by simulation time. The expiry in Redis goes by real time, so the key is set to what it
/// would hold by simulation time before each request that reads it.
final class MaintenanceExpiry: Sendable {
    private let redis: RedisClient
    private let key: String
    private let lease = Mutex<(holder: String, until: Int64)?>(nil)
    /// Longer than any run, ms.
    private static let never = 86_400_000

    /// - Parameter redis: a connection without faults.
    init(redis: RedisClient, key: String) {
        self.redis = redis
        self.key = key
    }

    func prepare(_ request: RequestInterceptor.Request, _ elapsed: Int64) async {
        guard request.name == "take_maintenance" else { return }
        let holder = lease.withLock { lease in
            if let until = lease?.until, until <= elapsed { lease = nil }
            return lease?.holder
        }
        let command: RedisCommand =
            holder.map { ["SET", .text(key), .text($0), "PX", .integer(Self.never)] } ?? ["DEL", .text(key)]
        // When Redis is gone, the request itself fails too.
        _ = try? await redis.send(command)
    }

    func saw(_ seen: ObservedRequest) {
        let words = seen.request.arguments
        guard seen.request.name == "take_maintenance", seen.reply == .integer(1), words.count == 2,
            let holder = words[0].textIfAny, let length = words[1].integerIfAny
        else { return }
        lease.withLock { $0 = (holder, seen.moment.elapsed + Int64(length)) }
    }
}
