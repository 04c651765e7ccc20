import Foundation
public import Redis

/// Sentinels on free ports of 127.0.0.1 that watch one primary, quick to find it down.
public final class TemporarySentinels: Sendable {
    public let hosts: [RedisAddress.Host]
    /// The name under which they know the primary.
    public let name = "main"
    private let password: String?
    private let processes: [ServerProcess]

    /// Starts them and returns once all know the primary, its replicas and each other.
    /// - Parameters:
    ///   - password: what the sentinels demand.
    ///   - replicas: how many the primary has.
    public static func start(
        _ count: Int, watching primary: TemporaryRedis, replicas: Int, password: String? = nil
    ) async throws -> TemporarySentinels {
        let sentinels = try TemporarySentinels(count, primary, password)
        for host in sentinels.hosts { try await sentinels.hurry(host) }
        for host in sentinels.hosts { try await sentinels.wait(host, replicas) }
        return sentinels
    }

    private init(_ count: Int, _ primary: TemporaryRedis, _ password: String?) throws {
        self.password = password
        var hosts: [RedisAddress.Host] = []
        var processes: [ServerProcess] = []
        for _ in 0..<count {
            let port = try freePort()
            let folder = try temporaryFolder()
            var lines = [
                "port \(port)", "bind 127.0.0.1", "dir \(folder)", "logfile \(folder)/sentinel.log",
                "sentinel monitor \(name) 127.0.0.1 \(primary.port) \(count / 2 + 1)",
                "sentinel down-after-milliseconds \(name) 500", "sentinel failover-timeout \(name) 2000",
            ]
            if let password { lines += ["requirepass \(password)", "sentinel sentinel-pass \(password)"] }
            try lines.joined(separator: "\n").write(toFile: folder + "/s.conf", atomically: true, encoding: .utf8)
            processes.append(try ServerProcess(folder: folder, arguments: [folder + "/s.conf", "--sentinel"]))
            hosts.append(RedisAddress.Host(name: "127.0.0.1", port: port))
        }
        self.hosts = hosts
        self.processes = processes
    }

    deinit { for process in processes { process.end(removingFolder: true) } }

    /// The primary, as clients look for it.
    public var address: RedisAddress {
        RedisAddress(endpoint: .sentinels(hosts, primary: name), sentinelPassword: password)
    }

    /// A client of one sentinel itself.
    public func client(of host: RedisAddress.Host) -> RedisClient {
        RedisClient(
            address: RedisAddress(endpoint: .tcp(host: host.name, port: host.port), password: password), logger: .quiet)
    }

    /// Sentinels look around every few seconds only; they are asked to do it more often.
    private func hurry(_ host: RedisAddress.Host) async throws {
        var command: RedisCommand = ["SENTINEL", "DEBUG"]
        // A replica whose last INFO is older than three periods may not be promoted: not too small for a busy machine.
        for (period, milliseconds) in [("info", 700), ("ping", 400), ("publish", 100), ("ask", 100)] {
            command.words += ["\(period)-period", .integer(milliseconds)]
        }
        let client = client(of: host)
        // Redis 6 has no such command and takes its time.
        do { _ = try await client.send(command) } catch RedisError.server {}
        await client.close()
    }

    private func wait(_ host: RedisAddress.Host, _ replicas: Int) async throws {
        let client = client(of: host)
        try await eventually("sentinel \(host) knows everyone", within: .seconds(20), every: .milliseconds(20)) {
            var facts: [String: String] = [:]
            for (name, value) in try await client.send(["SENTINEL", "MASTER", .text(name)]).pairs() {
                facts[name] = try value.string()
            }
            return facts["num-slaves"] == "\(replicas)" && facts["num-other-sentinels"] == "\(hosts.count - 1)"
                && facts["flags"] == "master"
        }
        await client.close()
    }
}
