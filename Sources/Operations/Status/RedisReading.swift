import Documents
import JobQueue
import Redis

/// The server that holds the queues, as `status` shows it.
public struct RedisReading: Sendable {
    /// Without its password.
    public let location: String
    /// Nil when our user may not ask, as `memory`; that is no reason to show nothing else.
    public let version: String?
    /// Bytes in use.
    public let memory: Int?

    init(_ broker: Broker) async throws {
        location = broker.redis.address.location
        do {
            let info = try await broker.redis.send(["INFO"]).string(of: "INFO")
            (version, memory) = (Self.field("redis_version", of: info), Int(Self.field("used_memory", of: info)))
        } catch RedisError.noPermission {
            (version, memory) = (nil, nil)
        }
    }

    private static func field(_ name: String, of info: String) -> String {
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
        return line.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    var document: RedisDocument { RedisDocument(address: location, version: version, usedMemoryBytes: memory) }
}
