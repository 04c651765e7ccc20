import JobQueue
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Scheduler

struct SchedulerServiceTests {
    private static func file(_ schedules: String) throws -> ScheduleFile {
        try parsed(
            """
            queues: { evaluation: { max_waiting: 100 } }
            pools: { all: { queues: ["*"] } }
            schedules: \(schedules)
            """)
    }

    @Test func `a schedule that was read while Redis was gone is taken when it is back`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true))
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(200)
        let broker = Broker(redis: server.client(options))
        let new = try Self.file("{ b: { job: evaluation, every: 1s } }")
        let isGone = Mutex(false)
        let scheduler = SchedulerService(
            broker: broker, file: try Self.file("{ a: { job: evaluation, every: 1h } }"), holder: "h",
            reload: {
                // Only once, as the watch of the file does it.
                guard isGone.withLock({ !$0 }) else { return nil }
                try? await server.kill9()
                isGone.withLock { $0 = true }
                return new
            }, logger: .quiet)
        let task = Task { try await scheduler.run() }
        try await eventually("Redis is gone", within: .seconds(10)) { isGone.withLock { $0 } }
        try await server.restart()
        let queue = try QueueName("evaluation")
        try await eventually("the new entry ticks", within: .seconds(20), every: .milliseconds(50)) {
            (try? await broker.lastTicks(of: ["b"], in: [queue]))?["b"] != nil
        }
        task.cancel()
        try await task.value
        try await server.stop()
    }
}
