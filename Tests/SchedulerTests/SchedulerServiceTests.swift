import Foundation
import JobQueue
import Redis
import ScheduleConfiguration
import ScheduleSupport
import Synchronization
import TestSupport
import Testing
import Time

@testable import Scheduler

/// A schedule for one scheduler on a real server.
enum ServiceFile {
    static func text(_ schedules: String) -> String {
        """
        queues: { evaluation: { max_waiting: 100 } }
        pools: { all: { queues: ["*"] } }
        schedules: \(schedules)
        """
    }

    static func loaded(_ schedules: String, modified: Int64? = nil) throws -> LoadedSchedule {
        try loaded(text: text(schedules), modified: modified)
    }

    /// - Parameter zones: nil for those of the machine.
    static func loaded(
        text: String, _ zones: TimeZoneDatabase? = nil, modified: Int64? = nil
    ) throws(ConfigurationError) -> LoadedSchedule {
        guard let zones else {
            return LoadedSchedule(file: try parsed(text), text: text, modifiedMilliseconds: modified)
        }
        let file = try ScheduleFile.parse(Array(text.utf8), file: "schedules.yaml", known: knownNames, zones: zones)
        return LoadedSchedule(file: file, text: text, modifiedMilliseconds: modified)
    }
}

struct SchedulerServiceTests {
    @Test func `a schedule that was read while Redis was gone is taken when it is back`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true))
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(200)
        let broker = Broker(redis: server.client(options))
        let new = try ServiceFile.loaded("{ b: { job: evaluation, every: 1s } }")
        let isGone = Mutex(false)
        let parts = SchedulerService.Parts(
            broker: broker, holder: "h",
            reload: { _ in
                // Only once, as the watch of the file does it.
                guard isGone.withLock({ !$0 }) else { return nil }
                try? await server.kill9()
                isGone.withLock { $0 = true }
                return .read(new, knownUnder: nil)
            },
            parse: { text throws(ConfigurationError) in try parsed(text) },
            localNow: { Int64(Date().timeIntervalSince1970 * 1_000) }, logger: .quiet)
        let scheduler = SchedulerService(
            parts, schedule: try ServiceFile.loaded("{ a: { job: evaluation, every: 1h } }"))
        let task = Task { try await scheduler.run() }
        try await eventually("Redis is gone", within: .seconds(60)) { isGone.withLock { $0 } }
        try await server.restart()
        let queue = try QueueName("evaluation")
        try await eventually("the new entry ticks", within: .seconds(20), every: .milliseconds(50)) {
            (try? await broker.schedules.lastTicks(of: ["b"], in: [queue]))?["b"] != nil
        }
        task.cancel()
        try await task.value
        try await server.stop()
    }
}
