import Foundation
import Glibc
public import Logging
public import Redis
import Synchronization

/// A real redis-server of one's own: in a temporary folder, on a socket file and on a free TCP port, saving nothing.
///
/// It ends with `stop()`, with the last reference, and with the test process however that ends.
public final class TemporaryRedis: Sendable {
    public struct Options: Sendable {
        /// Keep an append-only file, so that data survives `kill9()` and `restart()`.
        public var appendOnly = false
        public var password: String?
        /// Further arguments of redis-server, e.g. `["--maxmemory", "1mb"]`.
        public var arguments: [String] = []
        /// Further variables of redis-server.
        public var environment: [String: String] = [:]

        public init(appendOnly: Bool = false, password: String? = nil, arguments: [String] = []) {
            self.appendOnly = appendOnly
            self.password = password
            self.arguments = arguments
        }
    }

    /// The socket file: the quickest way in.
    public let address: RedisAddress
    /// The same server over TCP, on 127.0.0.1.
    public let tcpAddress: RedisAddress
    /// `tcpAddress` as a URL with the password, for commands under test.
    public let url: String
    public let port: Int
    /// Holds the socket file, the log and the data.
    public let folder: String
    private let options: Options
    private let process = Mutex<ServerProcess?>(nil)

    /// Starts a server and returns once it answers PING, in about 20 ms.
    public static func start(_ options: Options = Options()) async throws -> TemporaryRedis {
        var last: any Error = TemporaryRedisError.noFreePort
        // Another process may take the free port before redis-server does.
        for _ in 0..<3 {
            let server = try TemporaryRedis(options)
            do {
                try await server.launch()
                return server
            } catch {
                last = error
            }
        }
        throw last
    }

    private init(_ options: Options) throws {
        folder = try temporaryFolder()
        port = try freePort()
        self.options = options
        address = RedisAddress(endpoint: .unixSocket(path: folder + "/redis.sock"), password: options.password)
        tcpAddress = RedisAddress(endpoint: .tcp(host: "127.0.0.1", port: port), password: options.password)
        url = "redis://" + (options.password.map { ":\($0)@" } ?? "") + "127.0.0.1:\(port)/0"
    }

    deinit { process.withLock { $0 }?.end(removingFolder: true) }

    /// A new client of this server, by way of the socket file unless told otherwise.
    public func client(
        _ options: RedisOptions = RedisOptions(), database: Int = 0, tcp: Bool = false,
        logger: Logger = .quiet
    ) -> RedisClient {
        let place = tcp ? tcpAddress : address
        let address = RedisAddress(endpoint: place.endpoint, password: place.password, database: database)
        return RedisClient(address: address, options: options, logger: logger)
    }

    /// Ends the server with SIGKILL and returns when it is gone. The folder stays, for `restart()`.
    public func kill9() async throws {
        guard let running = process.withLock({ $0.take() }) else { return }
        running.end(removingFolder: false)
        try await running.waitUntilGone()
    }

    /// Stops the server as SIGSTOP does: connections stay, and nothing is answered.
    public func freeze() { process.withLock { $0 }?.signal(SIGSTOP) }

    /// Lets it go on after `freeze()`.
    public func thaw() { process.withLock { $0 }?.signal(SIGCONT) }

    /// Starts the server again in the same folder and on the same port, after `kill9()`.
    public func restart() async throws {
        try await kill9()
        try await launch()
    }

    /// Makes the server refuse all writes, as on a full disk: its snapshot cannot be put in place, because a folder has
    /// the file's name.
    public func fillDisk() async throws {
        let client = client()
        try? FileManager.default.removeItem(atPath: folder + "/dump.rdb")
        try FileManager.default.createDirectory(atPath: folder + "/dump.rdb/x", withIntermediateDirectories: true)
        try await client.send(["CONFIG", "SET", "save", "3600 100000"]).ok()
        _ = try await client.send(["BGSAVE"])
        try await eventually("the snapshot has failed", within: .seconds(20)) {
            try await client.send(["INFO", "persistence"]).string().contains("rdb_last_bgsave_status:err")
        }
        await client.close()
    }

    /// Ends the server and removes its folder.
    public func stop() async throws {
        guard let running = process.withLock({ $0.take() }) else {
            return try FileManager.default.removeItem(atPath: folder)
        }
        running.end(removingFolder: true)
        try await running.waitUntilGone()
    }

    private func launch() async throws {
        // A socket file left by kill -9 would let the readiness check meet a dead server.
        unlink(folder + "/redis.sock")
        let server = try ServerProcess(folder: folder, arguments: arguments, environment: options.environment)
        process.withLock { $0 = server }
        do {
            // After a restart it reads its append-only file first.
            try await eventually("redis-server in \(folder) answers", within: .seconds(30), every: .milliseconds(2)) {
                if log.contains("Failed listening on port") { throw TemporaryRedisError.noFreePort }
                guard access(folder + "/redis.sock", F_OK) == 0 else { return false }
                var patience = RedisOptions()
                patience.waitForConnection = .milliseconds(100)
                let client = client(patience)
                let answered = (try? await client.send(["PING"])) != nil
                await client.close()
                return answered
            }
        } catch {
            let log = log
            try await stop()
            throw error is NeverHappened ? TemporaryRedisError.notReady(log: log) : error
        }
    }

    private var log: String { (try? String(contentsOfFile: folder + "/redis.log", encoding: .utf8)) ?? "" }

    private var arguments: [String] {
        var words = ["--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", folder + "/redis.sock"]
        words += ["--dir", folder, "--logfile", folder + "/redis.log", "--save", "", "--daemonize", "no"]
        // The primary would wait five seconds for more replicas.
        words += ["--repl-diskless-sync-delay", "0"]
        words += ["--appendonly", options.appendOnly ? "yes" : "no"]
        if let password = options.password { words += ["--requirepass", password] }
        return words + options.arguments
    }
}

public enum TemporaryRedisError: Error, CustomStringConvertible {
    case noFreePort
    case noFolder
    case notStarted(errno: CInt)
    case notReady(log: String)

    public var description: String {
        switch self {
        case .noFreePort: "No free TCP port on 127.0.0.1."
        case .noFolder: "No temporary folder can be made in /tmp."
        case .notStarted(let code):
            "redis-server was not started: \(String(cString: strerror(code))). Install redis-server."
        case .notReady(let log): "redis-server does not answer. Its log:\n\(log)"
        }
    }
}

/// A folder in /tmp: the path of a socket file may have 107 bytes only.
func temporaryFolder() throws -> String {
    var template = Array("/tmp/flotilla-redis-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else { throw TemporaryRedisError.noFolder }
    return String(cString: path)
}
