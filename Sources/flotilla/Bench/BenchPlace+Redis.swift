import Foundation
import Redis

/// What the place's redis-server says of itself.
extension BenchPlace {
    /// Seconds of one core that redis-server has used so far.
    func redisSeconds() async throws -> Double {
        let fields = try await info("cpu")
        return (Double(fields["used_cpu_sys"] ?? "") ?? 0) + (Double(fields["used_cpu_user"] ?? "") ?? 0)
    }

    func redisProcess() async throws -> Int32 {
        Int32(try await info("server")["process_id"] ?? "") ?? 0
    }

    /// Bytes that redis-server uses for data.
    func redisMemory() async throws -> Int { Int(try await info("memory")["used_memory"] ?? "") ?? 0 }

    /// Microseconds that redis-server has spent in commands so far; the question itself is not among them.
    func commandMicroseconds() async throws -> Int {
        try await info("commandstats").reduce(0) { sum, field in
            let usec = field.value.split(separator: ",").first { $0.hasPrefix("usec=") }
            return sum + (usec.flatMap { Int($0.dropFirst(5)) } ?? 0)
        }
    }

    private func info(_ section: String) async throws -> [String: String] {
        let text = try await redis.send(["INFO", .text(section)]).string(of: "INFO")
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }

    /// Lets redis-server note each command that takes a millisecond or longer, up to 4096 of them.
    func watchSlowCommands() async throws {
        _ = try await redis.send(["CONFIG", "SET", "slowlog-log-slower-than", "1000", "slowlog-max-len", "4096"])
        _ = try await redis.send(["SLOWLOG", "RESET"])
    }

    /// The commands that it noted since then, with how long each held the server up.
    func slowCommands() async throws -> [SlowCommand] {
        try await redis.send(["SLOWLOG", "GET", "-1"]).array(of: "SLOWLOG").map { entry in
            let fields = try entry.array(of: "SLOWLOG")
            guard fields.count > 3 else {
                throw RedisError.unexpectedReply(command: "SLOWLOG", expected: "four fields", got: "\(fields.count)")
            }
            return SlowCommand(
                milliseconds: Double(try fields[2].int(of: "SLOWLOG")) / 1_000,
                words: try fields[3].strings(of: "SLOWLOG"))
        }
    }

    /// Keys that stay for good, and those that Redis removes by itself in a while.
    func keysLeft() async throws -> (lasting: [String], passing: [String]) {
        let keys = try await redis.send(["KEYS", "*"]).strings(of: "KEYS").sorted()
        var left: (lasting: [String], passing: [String]) = ([], [])
        for key in keys {
            let milliseconds = try await redis.send(["PTTL", .text(key)]).int(of: "PTTL")
            if milliseconds == -1 { left.lasting.append(key) } else if milliseconds > 0 { left.passing.append(key) }
        }
        return left
    }
}

/// A command that redis-server found slow.
struct SlowCommand {
    let milliseconds: Double
    /// As redis-server shortens them.
    let words: [String]

    /// The first 8 digits of the script's SHA-1, which `sha1sum` of its source gives; nil when it is no script.
    var script: String? {
        guard words.count > 1, ["EVALSHA", "EVAL"].contains(words[0].uppercased()) else { return nil }
        return String(words[1].prefix(8))
    }

    /// What fills or empties the server for the measurement; no worker sends it.
    var isOfTheBench: Bool { ["FLUSHALL", "KEYS", "SLOWLOG", "CONFIG"].contains(words.first?.uppercased() ?? "") }
}
