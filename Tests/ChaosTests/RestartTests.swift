import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    /// redis-server is killed with SIGKILL under load and started again, several times.
    @Suite(.serialized) struct RestartTests {
        private static let kills = ChaosSettings.isLong ? 10 : 3

        private static let schedule = """
            version: 1
            queues: { test: { timeout: 1m, retry: { attempts: 60, base: 50ms, max: 500ms } } }
            pools: { all: { queues: [test], concurrency: 4, grace: 5s } }

            """

        /// When redis-server was killed, unix milliseconds, and how long it took to the next completed job.
        private struct Outage {
            let at: Int64
            let milliseconds: Int64
        }

        @Test(.timeLimit(.minutes(5)), arguments: ["always", "everysec"])
        func `jobs go on within ten seconds, and no enqueue that the disk has is lost`(fsync: String) async throws {
            let options = TemporaryRedis.Options(appendOnly: true, arguments: ["--appendfsync", fsync])
            try await withRedis(options, schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let queue = try QueueName("test")
                let broker = Broker(redis: server.client())
                let fleet = try sandbox.start(["worker", "--pool", "all", "--processes", "2"])
                let load = Load(
                    broker: broker, queues: [queue], mix: JobMix(seed: ChaosSettings.seed, recordMilliseconds: 5))
                async let loading: Void = load.run(perSecond: 150)
                let outages = try await killAgainAndAgain(server)
                await load.stop()
                try await loading
                try await broker.settles([queue], within: .seconds(60))
                #expect(try await sandbox.end([fleet]) == [0])
                let values = try await server.client().valueCounts(PlannedJob.values)
                let lost = await load.accepted.filter { values[$0.key] == nil }
                let accepted = await load.count
                let times = outages.map { "\($0.milliseconds)" }.joined(separator: ", ")
                print("appendfsync \(fsync): \(accepted) jobs, \(lost.count) lost; next job after \(times) ms")
                #expect(outages.allSatisfy { $0.milliseconds < 10_000 })
                // With everysec Redis may hold writes back for up to two seconds while the disk is slow.
                let excused = lost.values.filter { job in
                    fsync == "everysec" && outages.contains { $0.at - 2_000 <= job.at && job.at <= $0.at }
                }
                #expect(lost.count == excused.count, "\(lost.keys.sorted().prefix(20))")
                #expect(try await sandbox.audit().hasPrefix("clean"))
            }
        }

        private func killAgainAndAgain(_ server: TemporaryRedis) async throws -> [Outage] {
            var random = SeededRandom(seed: ChaosSettings.seed)
            let redis = server.client()
            var outages: [Outage] = []
            for _ in 0..<Self.kills {
                try await grows(by: Int.random(in: 120...300, using: &random), redis)
                try await server.kill9()
                let at = wallMilliseconds()
                await hold(for: .milliseconds(Int.random(in: 0...500, using: &random)), on: ContinuousClock())
                try await server.restart()
                try await grows(by: 1, redis)
                outages.append(Outage(at: at, milliseconds: wallMilliseconds() - at))
            }
            return outages
        }

        /// Waits until so many more values are there than now.
        private func grows(by count: Int, _ redis: RedisClient) async throws {
            let before = try await redis.send(["LLEN", .text(PlannedJob.values)]).int(of: "LLEN")
            try await eventually("\(count) more jobs have run", within: .seconds(30), every: .milliseconds(5)) {
                try await redis.send(["LLEN", .text(PlannedJob.values)]).int(of: "LLEN") >= before + count
            }
        }
    }
}
