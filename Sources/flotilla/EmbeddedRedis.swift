import Fleet
import Foundation
import Logging
import Redis

/// The fleet's own redis-server: a unix socket and an append-only file under the state folder, nothing on the network.
///
/// It is started again when it dies, and ends with this process, however that ends.
actor EmbeddedRedis {
    private let folder: URL
    private let fsyncsEachWrite: Bool
    private let logger: Logger
    private let lifeline: Lifeline
    private var process: ChildProcess?
    private var isStopping = false

    nonisolated let socket: String

    /// - Parameter fsyncsEachWrite: whether a write is on disk before it is answered, rather than within a second:
    ///   what queues with `durability: fsync` need.
    /// - Throws: `CommandFailure` when the folder cannot be made.
    init(home: URL, fsyncsEachWrite: Bool, logger: Logger) throws {
        self.fsyncsEachWrite = fsyncsEachWrite
        folder = home.appendingPathComponent("redis", isDirectory: true)
        self.logger = logger
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(
                .failed,
                "The state folder \(home.path) cannot be made: \(error.localizedDescription). "
                    + "Set FLOTILLA_HOME to another."
            )
        }
        lifeline = try Lifeline()
        socket = Self.socketPath(folder)
    }

    nonisolated var url: String { "unix://\(socket)?db=0" }

    /// The kernel takes socket paths of up to 107 bytes; a deeper folder gets its socket among the temporary files.
    private static func socketPath(_ folder: URL) -> String {
        let wanted = folder.appendingPathComponent("redis.sock").path
        guard wanted.utf8.count > 100 else { return wanted }
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in wanted.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return NSTemporaryDirectory() + "flotilla-\(String(hash, radix: 36)).sock"
    }

    /// Starts the server and returns when it answers.
    /// - Throws: `CommandFailure` with the end of its log when it does not within a minute.
    func start() async throws {
        try spawn()
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(100)
        var quiet = logger
        quiet.logLevel = .critical
        let client = RedisClient(address: try RedisAddress(url), options: options, logger: quiet)
        let deadline = ContinuousClock.now + .seconds(60)
        while (try? await client.send(["PING"])) != .simple("PONG") {
            guard ContinuousClock.now < deadline, isRunning else {
                await client.close()
                throw CommandFailure(
                    .unreachable, "The fleet's own redis-server did not start: \(logTail()) Its log: \(logPath)")
            }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        await client.close()
        Task { await self.keepRunning() }
    }

    /// Lets the server write everything down, and ends it.
    func stop() async {
        isStopping = true
        guard let process else { return }
        process.signal(SIGTERM)
        _ = await process.exit()
    }

    private var exited: ProcessExit?
    private var isRunning: Bool { exited == nil }
    private var logPath: String { folder.appendingPathComponent("redis.log").path }

    private func spawn() throws {
        let process = try ChildProcess(
            ProcessCommand(
                "redis-server", arguments: arguments, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin:/usr/sbin"]),
            link: .guarded(lifeline, killAfter: .seconds(10)))
        self.process = process
        exited = nil
        Task {
            let exit = await process.exit()
            self.note(exit)
        }
    }

    private func note(_ exit: ProcessExit) { exited = exit }

    private var arguments: [String] {
        [
            "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", folder.path, "--appendonly",
            "yes",
            "--appendfsync", fsyncsEachWrite ? "always" : "everysec", "--save", "", "--maxmemory-policy", "noeviction",
            "--daemonize", "no", "--logfile", logPath,
        ]
    }

    private func keepRunning() async {
        while let process, !isStopping {
            let exit = await process.exit()
            guard !isStopping else { return }
            logger.error("the fleet's own redis-server ended (\(exit.reason)); it is started again")
            try? await ContinuousClock().sleep(for: .milliseconds(200))
            do { try spawn() } catch {
                logger.error("redis-server cannot be started: \(error)")
                return
            }
        }
    }

    private func logTail() -> String {
        guard let text = try? String(contentsOfFile: logPath, encoding: .utf8) else { return "it wrote no log." }
        return text.split(whereSeparator: \.isNewline).suffix(2).joined(separator: " ")
    }
}
