import Fleet
import Foundation
import JobQueue
import Logging
import Redis

/// Where a measurement happens: a redis-server of its own that saves nothing, and worker processes of this program.
struct BenchPlace {
    let server: ThrowawayRedis
    let redis: RedisClient
    let broker: Broker
    let queue: QueueName
    private let folder: URL
    private let lifeline: Lifeline

    static let kind = "flotilla.test.noop"

    init() async throws {
        server = try await ThrowawayRedis.start()
        redis = RedisClient(address: server.address, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        broker = Broker(redis: redis)
        queue = try QueueName("test")
        lifeline = try Lifeline()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flotilla-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("version: 1\n".utf8).write(to: folder.appendingPathComponent("schedules.yaml"))
    }

    func close() async {
        await redis.close()
        await server.stop()
        try? FileManager.default.removeItem(at: folder)
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

    /// Starts a worker of this program for the queue.
    func worker(slots: Int) throws -> ChildProcess {
        let environment = [
            "PATH": "/usr/bin:/bin:/usr/local/bin", "REDIS_URL": server.url, "LOG_LEVEL": "error",
            "FLOTILLA_HOME": folder.path, "FLOTILLA_TEST_JOBS": "1",
            "FLOTILLA_SCHEDULES": folder.appendingPathComponent("schedules.yaml").path,
            "DATABASE_URL": "sqlite:////\(folder.path.dropFirst())/bench.db",
        ]
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return try ChildProcess(
            ProcessCommand(
                program, arguments: ["worker", "--queues", queue.description, "--concurrency", "\(slots)"],
                environment: environment),
            link: .watches(lifeline))
    }

    /// Jobs that have succeeded since the server was cleared.
    func succeeded() async throws -> Int { try await QueueInspector(broker: broker).counts(of: queue).succeeded }

    /// Seconds of one core that redis-server has used so far.
    func redisSeconds() async throws -> Double {
        let fields = try await info("cpu")
        return (Double(fields["used_cpu_sys"] ?? "") ?? 0) + (Double(fields["used_cpu_user"] ?? "") ?? 0)
    }

    /// Bytes that redis-server uses for data.
    func redisMemory() async throws -> Int { Int(try await info("memory")["used_memory"] ?? "") ?? 0 }

    private func info(_ section: String) async throws -> [String: String] {
        let text = try await redis.send(["INFO", .text(section)]).string(of: "INFO")
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }

    /// Seconds of one core that a process has used, and its proportional memory in bytes; zeros when it is gone.
    static func usage(of process: Int32) -> (seconds: Double, bytes: Int) {
        let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat").map {
            String(decoding: $0, as: UTF8.self)
        }
        let fields = stat?.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        let memory = FileManager.default.contents(atPath: "/proc/\(process)/smaps_rollup")
            .map { String(decoding: $0, as: UTF8.self) }
        let pss = memory?.split(separator: "\n").first { $0.hasPrefix("Pss:") }?.split(separator: " ")
        return (ticks / Double(sysconf(Int32(_SC_CLK_TCK))), (pss.flatMap { Int($0[1]) } ?? 0) << 10)
    }
}
