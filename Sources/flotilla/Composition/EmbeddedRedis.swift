import Fleet
import Foundation
import Logging
import Redis

/// The fleet's own redis-server: a unix socket and an append-only file under the state folder, nothing on the network.
///
/// It is restarted when it dies or when its socket file is gone, and ends with this process, however that ends.
actor EmbeddedRedis {
    private let folder: URL
    private let fsyncsEachWrite: Bool
    private let logger: Logger
    private let lifeline: Lifeline
    private var process: ChildProcess?
    private var isStopping = false
    /// A connection from the start, which still reaches a server whose socket file is gone.
    private var control: RedisClient?

    nonisolated let socket: String

    /// - Parameter fsyncsEachWrite: whether a write is on disk before Redis replies, rather than within a second;
    ///   queues with `durability: fsync` need that.
    /// - Throws: `CommandFailure` when the folder cannot be created.
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

    /// The kernel accepts socket paths of up to 107 bytes; for a deeper folder the socket lies in the temporary folder.
    private static func socketPath(_ folder: URL) -> String {
        let wanted = folder.appendingPathComponent("redis.sock").path
        guard wanted.utf8.count > 100 else { return wanted }
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in wanted.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return NSTemporaryDirectory() + "flotilla-\(String(hash, radix: 36)).sock"
    }

    /// Starts the server and returns when it answers.
    /// - Throws: `CommandFailure` with the end of its log when it does not answer within a minute.
    func start() async throws {
        try spawn()
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(100)
        var quiet = logger
        quiet.logLevel = .critical
        let client = RedisClient(address: try RedisAddress(url), options: options, logger: quiet)
        let deadline = ContinuousClock.now + .seconds(60)
        while await !Self.answers(client) {
            guard ContinuousClock.now < deadline, isRunning else {
                await client.close()
                throw CommandFailure(
                    .unreachable, "The fleet's own redis-server did not start: \(logTail()) Its log: \(logPath)")
            }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        control = client
        Task { await self.keepRunning() }
        Task { await self.keepSocket() }
    }

    private static func answers(_ client: RedisClient) async -> Bool {
        do { return try await client.send(["PING"]) == .simple("PONG") } catch {
            // The server is up, and will refuse every write in the same way.
            if case .notPersisting = error { return true }
            return false
        }
    }

    /// Lets the server save its data, and ends it.
    func stop() async {
        isStopping = true
        await control?.close()
        guard let process else { return }
        process.signal(SIGTERM)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await process.exit() }
            group.addTask {
                // A server that hangs does not react to SIGTERM. Writes that it has acknowledged are in its file.
                do { try await ContinuousClock().sleep(for: Self.patience) } catch { return }
                process.signal(SIGKILL)
            }
            await group.next()
            group.cancelAll()
        }
        _ = await process.exit()
    }

    /// How long the server may take to save its data at the end.
    private static let patience = Duration.seconds(10)

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

    /// Only a new server creates the socket file again. The old one is shut down first, and keeps its data.
    private func keepSocket() async {
        var missing = 0
        while !isStopping {
            do { try await ContinuousClock().sleep(for: .milliseconds(500)) } catch { return }
            missing = access(socket, F_OK) == 0 || !isRunning ? 0 : missing + 1
            // The file may be missing once while a server starts.
            guard missing >= 3, !isStopping, let process else { continue }
            missing = 0
            do {
                try await saveFiles()
                logger.error("\(socket) is gone; redis-server is started again to make it anew, and keeps its data")
                process.signal(SIGTERM)
            } catch {
                logger.critical(
                    "ALARM \(socket) is gone, and redis-server cannot write its data down, so it goes on: \(error)"
                )
            }
        }
    }

    /// Has the server save its data again when its files are gone with the socket.
    private func saveFiles() async throws {
        let files = folder.appendingPathComponent("appendonlydir").path
        func areThere() -> Bool { (try? FileManager.default.contentsOfDirectory(atPath: files).isEmpty) == false }
        guard !areThere() else { return }
        guard let control else { throw CommandFailure(.failed, "nothing reaches it any more.") }
        _ = try await control.send(["BGREWRITEAOF"])
        for _ in 0..<600 {
            try await ContinuousClock().sleep(for: .milliseconds(100))
            let info = try await control.send(["INFO", "persistence"]).string()
            guard info.contains("aof_rewrite_in_progress:0"), info.contains("aof_rewrite_scheduled:0") else { continue }
            guard info.contains("aof_last_bgrewrite_status:ok"), areThere() else { break }
            return
        }
        throw CommandFailure(.failed, "its append-only file in \(folder.path) could not be written anew.")
    }

    private func logTail() -> String {
        guard let text = try? String(contentsOfFile: logPath, encoding: .utf8) else { return "it wrote no log." }
        return text.split(whereSeparator: \.isNewline).suffix(2).joined(separator: " ")
    }
}
