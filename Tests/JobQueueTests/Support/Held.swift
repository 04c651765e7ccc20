import Redis

/// What one Redis key holds.
enum Held: Equatable {
    case text(String)
    case list([String])
    case hash([String: String])
    case scores([String: Int64])
    case set(Set<String>)

    /// The command that puts it into a key.
    func command(storingIn key: String) -> RedisCommand {
        switch self {
        case .text(let text): ["SET", .text(key), .text(text)]
        case .list(let elements): RedisCommand(["RPUSH", .text(key)] + elements.map { .text($0) })
        case .hash(let fields): RedisCommand(["HSET", .text(key)] + fields.flatMap { [.text($0), .text($1)] })
        case .set(let members): RedisCommand(["SADD", .text(key)] + members.map { .text($0) })
        case .scores(let scores):
            RedisCommand(["ZADD", .text(key)] + scores.flatMap { [.integer(Int($1)), .text($0)] })
        }
    }

    /// Reads a key of any type.
    static func read(_ key: String, from redis: RedisClient) async throws -> Held {
        switch try await redis.send(["TYPE", .text(key)]).string() {
        case "string": return .text(try await redis.send(["GET", .text(key)]).string())
        case "list": return .list(try await redis.send(["LRANGE", .text(key), 0, -1]).strings())
        case "hash":
            let pairs = try await redis.send(["HGETALL", .text(key)]).pairs()
            return .hash(Dictionary(uniqueKeysWithValues: try pairs.map { ($0.name, try $0.value.string()) }))
        case "set": return .set(Set(try await redis.send(["SMEMBERS", .text(key)]).strings()))
        case "zset":
            let pairs = try await redis.send(["ZRANGE", .text(key), 0, -1, "WITHSCORES"]).pairs()
            return .scores(Dictionary(uniqueKeysWithValues: try pairs.map { ($0.name, Int64(try $0.value.double())) }))
        case let other: throw RedisError.unexpectedReply(command: "TYPE", expected: "a type we use", got: other)
        }
    }

    /// Every key of the database.
    static func all(of redis: RedisClient) async throws -> [String: Held] {
        var content: [String: Held] = [:]
        for key in try await redis.send(["KEYS", "*"]).strings() { content[key] = try await read(key, from: redis) }
        return content
    }
}

/// The text of a record, spelled out here so that scripts and `JobEnvelope` are held to the same layout.
func record(
    _ stateCode: Character = "w", priority: Int = 0, kind: String = "evaluation", attempts: Int = 0, crashes: Int = 0,
    enqueued: Int = 500, started: Int? = nil, finished: Int? = nil, worker: String = "", options: String = "",
    events: String = "", outcome: String = "", payload: String = "{}"
) -> String {
    let times = "\(enqueued)\t\(started.map(String.init) ?? "")\t\(finished.map(String.init) ?? "")"
    let first = "1\(stateCode)\(priority)\t\(kind)\t\(attempts)\t\(crashes)\t\(times)\t\(worker)"
    return [first, options, events, outcome, payload].joined(separator: "\n")
}
