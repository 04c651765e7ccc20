import Fleet
import Foundation
import Logging
import Redis

/// A redis-server for one command: on a unix socket in a temporary folder, without persistence; ends with this process.
struct ThrowawayRedis {
    let address: RedisAddress
    /// For the environment of other processes.
    let url: String
    private let folder: URL
    private let process: ChildProcess
    private let lifeline: Lifeline

    /// Starts the server and returns when it answers.
    /// - Throws: `CommandFailure` when it does not answer within ten seconds.
    static func start() async throws -> ThrowawayRedis {
        let server = try ThrowawayRedis()
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(100)
        let quiet = Logger(label: "sim") { _ in SwiftLogNoOpLogHandler() }
        let client = RedisClient(address: server.address, options: options, logger: quiet)
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? await client.send(["PING"])) != .simple("PONG") {
            guard ContinuousClock.now < deadline else {
                await client.close()
                await server.stop()
                throw CommandFailure(
                    .unreachable, "redis-server did not start. Install it, or give --redis an empty database.")
            }
            try await ContinuousClock().sleep(for: .milliseconds(10))
        }
        await client.close()
        return server
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flotilla-sim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let socket = folder.appendingPathComponent("redis.sock").path
        address = RedisAddress(endpoint: .unixSocket(path: socket))
        url = "unix://\(socket)?db=0"
        lifeline = try Lifeline()
        process = try ChildProcess(
            ProcessCommand(
                "redis-server",
                arguments: [
                    "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", folder.path,
                    "--appendonly", "no", "--save", "", "--daemonize", "no", "--logfile",
                    folder.appendingPathComponent("redis.log").path,
                ], environment: ["PATH": "/usr/bin:/bin:/usr/local/bin:/usr/sbin"]),
            link: .guarded(lifeline, killAfter: .seconds(2)))
    }

    func stop() async {
        process.signal(SIGTERM)
        _ = await process.exit()
        // Remaining temporary files do no harm.
        try? FileManager.default.removeItem(at: folder)
    }
}
