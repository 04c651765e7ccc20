import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct SchedulerFailoverTests {
        private static let schedule = """
            version: 1
            queues: { test: { timeout: 30s } }
            pools: { all: { queues: [test], grace: 2s } }
            schedules:
              pulse: { job: flotilla.test.record, every: 1s, overlap: allow, args: { key: pulse, value: tick } }

            """

        @Test(.timeLimit(.minutes(2)))
        func `ticks go on when the leader is killed or frozen, and none runs twice`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                _ = try sandbox.start(["worker", "--queues", "test"])
                var schedulers = [try sandbox.start(["scheduler"]), try sandbox.start(["scheduler"])]
                try await reach(2, redis, within: .seconds(30))

                let killed = try await leader(of: schedulers, sandbox)
                kill(killed.pid, SIGKILL)
                try await goesOn(redis)
                schedulers.removeAll { $0.pid == killed.pid }
                schedulers.append(try sandbox.start(["scheduler"]))

                let frozen = try await leader(of: schedulers, sandbox)
                kill(frozen.pid, SIGSTOP)
                try await goesOn(redis)
                kill(frozen.pid, SIGCONT)
                try await goesOn(redis)
                for scheduler in schedulers {
                    kill(scheduler.pid, SIGTERM)
                    #expect(try await scheduler.end(within: .seconds(15)).status == 0)
                }
                try await ranOnce(redis, logs: schedulers.map(\.log).joined())
                await redis.close()
            }
        }

        private func leader(of schedulers: [Running], _ sandbox: Sandbox) async throws -> Running {
            var found: Running?
            try await eventually("one of the schedulers leads", within: .seconds(10), every: .milliseconds(50)) {
                let name = try await sandbox.json("status")["scheduler"]["leader"].text
                found = schedulers.first { name.contains("-\($0.pid)-") }
                return found != nil
            }
            return try #require(found)
        }

        /// A lease lasts 2.5 s, so a tick comes within five.
        private func goesOn(_ redis: RedisClient) async throws {
            let before = try await redis.ticks(of: "pulse", in: "test").count
            try await reach(before + 1, redis, within: .seconds(5))
            try await reach(before + 4, redis, within: .seconds(10))
        }

        private func reach(_ count: Int, _ redis: RedisClient, within limit: Duration) async throws {
            try await eventually("there are \(count) ticks", within: limit, every: .milliseconds(50)) {
                try await redis.ticks(of: "pulse", in: "test").count >= count
            }
        }

        private func ranOnce(_ redis: RedisClient, logs: String) async throws {
            let ticks = try await redis.ticks(of: "pulse", in: "test")
            try await eventually("every tick's job has run", within: .seconds(10)) {
                try await redis.list("pulse").count >= ticks.count
            }
            #expect(try await redis.list("pulse").count == ticks.count)
            #expect(Set(ticks).count == ticks.count)
            // A takeover shorter than the planner's grace of 5 s misses no tick; a longer one says what it missed.
            let gaps = zip(ticks, ticks.dropFirst()).filter { $1 - $0 != 1_000 }
            #expect(gaps.isEmpty || logs.contains("were missed"), "gaps after \(gaps.map(\.0))")
        }
    }
}
