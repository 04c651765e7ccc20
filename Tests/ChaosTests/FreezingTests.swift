import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    @Suite(.serialized) struct FreezingTests {
        private static let schedule = Schedules.everyQueue(processes: 2, concurrency: 1)

        /// A frozen process cannot renew its leases of 8 s; when it wakes up, its job is another's.
        @Test(.timeLimit(.minutes(2)))
        func `a worker that was frozen past its lease writes nothing when it wakes up`() async throws {
            try await withSandbox(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                let redis = try RedisClient.of(sandbox)
                let args = #"{"key": "marks", "value": "once", "milliseconds": 3000}"#
                try await sandbox.run("enqueue", "flotilla.test.record", "--id", "held", "--args", args)
                var holder = ""
                try await eventually("the job runs", within: .seconds(10), every: .milliseconds(20)) {
                    holder = try await sandbox.json("jobs", "show", "held")["worker"].text
                    return !holder.isEmpty
                }
                let frozen = try #require(Sandbox.process(of: holder))
                kill(frozen, SIGSTOP)
                try await eventually("another worker has run it", within: .seconds(30), every: .milliseconds(100)) {
                    try await sandbox.json("jobs", "show", "held")["state"].text == "succeeded"
                }
                let job = try await sandbox.json("jobs", "show", "held")
                #expect(job["worker"].text != holder)
                kill(frozen, SIGCONT)
                try await eventually("the late worker notices", within: .seconds(20), every: .milliseconds(50)) {
                    up.program.log.contains("has lost its lease") || up.program.log.contains("claim had been lost")
                }
                try await sandbox.run("enqueue", "flotilla.test.noop", "--count", "20")
                try await eventually("both go on", within: .seconds(20), every: .milliseconds(100)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 21
                }
                let after = try await sandbox.json("jobs", "show", "held")
                #expect(after["worker"] == job["worker"] && after["finished_at"] == job["finished_at"])
                #expect(try await redis.list("marks") == ["once", "once"])
                await redis.close()
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
