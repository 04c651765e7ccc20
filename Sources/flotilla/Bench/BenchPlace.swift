import ArgumentParser
import Fleet
import Foundation
import JobQueue
import Jobs
import Logging
import Redis
import TestJobs

/// Where a measurement happens: a redis-server of its own that saves nothing, and worker processes of this program.
struct BenchPlace {
    /// The pools of the place's schedule file.
    enum Pool: String {
        /// Jobs that do nothing.
        case test
        /// Those, and the queues of all four kinds.
        case all
        /// What decides, and what fills the cache that it decides by; orders are left in their queue.
        case deciding
    }

    let server: ThrowawayRedis
    let redis: RedisClient
    let broker: Broker
    let queue: QueueName
    let folder: URL
    let lifeline: Lifeline

    static let kind = TestJobCatalog.noop.name

    /// Runs a body in a place of its own, prints what it measured, and leaves nothing behind.
    /// - Parameter retention: how long finished jobs of the test queue are remembered, as the schedule file says it.
    static func measure(
        asJSON json: Bool, retention: String = "1d", _ body: (BenchPlace) async throws -> [BenchRow]
    ) async throws {
        let place = try await BenchPlace(retention: retention)
        do {
            BenchRow.show(try await body(place), asJSON: json)
        } catch {
            await place.close()
            throw error
        }
        await place.close()
    }

    private init(retention: String) async throws {
        server = try await ThrowawayRedis.start()
        redis = RedisClient(address: server.address, logger: Self.quiet)
        broker = Broker(redis: redis)
        queue = TestJobCatalog.noop.queue
        lifeline = try Lifeline()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flotilla-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(Self.schedule(retention: retention).utf8).write(to: schedules)
    }

    private static func schedule(retention: String) -> String {
        let test = TestJobCatalog.noop.queue
        let queues = JobCatalog.kinds.map(\.queue.description)
        let deciding = [KindDefinition.evaluation, .cacheRefresh].map(\.queue.description)
        return """
            version: 1
            queues: { \(test): { retention: \(retention) }, \(queues.map { $0 + ": {}" }.joined(separator: ", ")) }
            pools:
              test: { queues: [\(test)], grace: 1s }
              all: { queues: [\(test), \(queues.joined(separator: ", "))], grace: 1s }
              deciding: { queues: [\(deciding.joined(separator: ", "))], grace: 1s }

            """
    }

    static var quiet: Logger { Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() } }

    var schedules: URL { folder.appendingPathComponent("schedules.yaml") }
    var database: String { "sqlite:////\(folder.path.dropFirst())/bench.db" }

    private func close() async {
        await redis.close()
        await server.stop()
        // Remaining temporary files do no harm.
        try? FileManager.default.removeItem(at: folder)
    }

    /// The modules joined as in the place's worker processes.
    func composition() throws -> Composition {
        try Composition(
            CommonOptions.parse([
                "--redis", server.url, "--database", database, "--schedules", schedules.path, "--home", folder.path,
                "--log-level", "error",
            ]))
    }

    /// Empties the server, so that one measurement leaves nothing to the next.
    func clear() async throws { _ = try await redis.send(["FLUSHALL"]) }

    /// Puts that many jobs into the queue, a thousand a call.
    func fill(_ count: Int, payload: String = "{}") async throws {
        let job = NewJob(kind: try JobKind(Self.kind), queue: queue, payload: try JobPayload(json: payload))
        for start in stride(from: 0, to: count, by: 1_000) {
            try await broker.enqueue(Array(repeating: job, count: min(1_000, count - start)))
        }
    }

    /// Starts a worker process of this program, which does not outlive this one.
    func worker(_ pool: Pool = .test, slots: Int = 10) throws -> ChildProcess {
        var environment = [
            "PATH": "/usr/bin:/bin:/usr/local/bin", "REDIS_URL": server.url, "LOG_LEVEL": "error",
            "FLOTILLA_HOME": folder.path, "FLOTILLA_TEST_JOBS": "1", "FLOTILLA_SCHEDULES": schedules.path,
            "DATABASE_URL": database,
        ]
        // The folder of the demo market, where it is not beside the program.
        environment["FLOTILLA_DEMO"] = ProcessInfo.processInfo.environment["FLOTILLA_DEMO"]
        let program = try ThisProgram.path()
        return try ChildProcess(
            ProcessCommand(
                program, arguments: ["worker", "--pool", pool.rawValue, "--concurrency", "\(slots)"],
                environment: environment),
            link: .watches(lifeline))
    }

    /// Tells workers to end, and returns when they have.
    func end(_ workers: [ChildProcess]) async {
        for worker in workers { worker.signal(SIGTERM) }
        for worker in workers { _ = await worker.exit() }
    }

    /// Jobs of a queue that have succeeded since the server was cleared; of the test queue unless told otherwise.
    func succeeded(in other: QueueName? = nil) async throws -> Int {
        try await QueueInspector(broker: broker).counts(of: other ?? queue).succeeded
    }

    /// Returns when that many jobs have succeeded.
    /// - Throws: `CommandFailure` when a minute passes in which none does.
    func waitFor(_ count: Int, in other: QueueName? = nil, every step: Duration = .milliseconds(5)) async throws {
        var (last, moved) = (-1, ContinuousClock.now)
        while true {
            let done = try await succeeded(in: other)
            if done >= count { return }
            if done != last { (last, moved) = (done, .now) }
            guard moved.duration(to: .now) < .seconds(60) else {
                throw CommandFailure(
                    .failed,
                    "Only \(done) of \(count) jobs succeeded, and none in the last minute. "
                        + "Run it again with fewer; 'flotilla doctor' tells what is wrong with this machine.")
            }
            try await ContinuousClock().sleep(for: step)
        }
    }
}
