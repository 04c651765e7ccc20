import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    /// Three sentinels, a primary and a replica; replication is asynchronous, so a failover may lose what it had not
    /// brought over yet. How much is measured and printed.
    @Suite(.serialized) struct FailoverTests {
        private static let schedule = """
            version: 1
            queues:
              test: { timeout: 1m, retry: { attempts: 60, base: 50ms, max: 500ms } }
              ticks: { timeout: 1m, retry: { attempts: 60, base: 50ms, max: 500ms } }
            pools: { all: { queues: [test, ticks], concurrency: 4, grace: 5s } }
            schedules:
              pulse:
                job: flotilla.test.record
                queue: ticks
                every: 1s
                overlap: allow
                args: { key: pulse, value: tick }

            """

        @Test(.timeLimit(.minutes(2)))
        func `the fleet goes on by itself when the primary dies, and what is lost is recent`() async throws {
            let primary = try await TemporaryRedis.start(.init(appendOnly: true))
            let replica = try await TemporaryRedis.start(
                .init(appendOnly: true, arguments: ["--replicaof", "127.0.0.1 \(primary.port)"]))
            let sentinels = try await TemporarySentinels.start(3, watching: primary, replicas: 1)
            let hosts = sentinels.hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
            let environment = ["REDIS_URL": "redis+sentinel://\(hosts)/\(sentinels.name)/0"]
            try await withSandbox(
                schedule: Self.schedule, environment: environment.merging(Schedules.testJobs) { $1 }
            ) { sandbox in
                let programs = [
                    try sandbox.start(["worker", "--pool", "all", "--processes", "2"]),
                    try sandbox.start(["scheduler"]), try sandbox.start(["scheduler"]),
                ]
                let queues = [try QueueName("test"), try QueueName("ticks")]
                let client = { RedisClient(address: sentinels.address, logger: .quiet) }
                let load = Load(
                    broker: Broker(redis: client()), queues: [queues[0]],
                    mix: JobMix(seed: ChaosSettings.seed, recordMilliseconds: 5))
                async let loading: Void = load.run(perSecond: 150)
                let redis = client()
                try await grows(by: 300, redis)
                try await primary.kill9()
                let killed = wallMilliseconds()
                try await leads(replica)
                try await grows(by: 1, replica.client())
                let outage = wallMilliseconds() - killed
                try await grows(by: 300, redis)
                let ticks = try await ticksGoOn(redis)
                await load.stop()
                try await loading
                #expect(try await sandbox.end(Array(programs.dropFirst())) == [0, 0])
                try await Broker(redis: redis).settles(queues, within: .seconds(60))
                #expect(try await sandbox.end([programs[0]]) == [0])
                let values = try await redis.valueCounts(PlannedJob.values)
                let lost = await load.accepted.filter { values[$0.key] == nil }.values.map { killed - $0.at }
                print(
                    "failover: \(await load.count) jobs, \(lost.count) lost, accepted up to \(lost.max() ?? 0) ms",
                    "before the kill; next job after \(outage) ms; longest pause of ticks \(ticks) ms")
                #expect(outage < 15_000)
                #expect(lost.allSatisfy { $0 < 2_000 }, "\(lost)")
                #expect(try await sandbox.audit().hasPrefix("clean"))
            }
            try await replica.stop()
            try await primary.stop()
        }

        private func leads(_ replica: TemporaryRedis) async throws {
            let redis = replica.client()
            try await eventually("the replica is the primary", within: .seconds(30), every: .milliseconds(5)) {
                // Sentinel closes its connections when it promotes a server.
                (try? await redis.send(["ROLE"]).array(of: "ROLE").first?.string()) == "master"
            }
        }

        private func grows(by count: Int, _ redis: RedisClient) async throws {
            func values() async -> Int {
                (try? await redis.send(["LLEN", .text(PlannedJob.values)]).int(of: "LLEN")) ?? 0
            }
            let before = await values()
            try await eventually("\(count) more jobs have run", within: .seconds(30), every: .milliseconds(5)) {
                await values() >= before + count
            }
        }

        /// The longest time between two ticks, once there are three more.
        private func ticksGoOn(_ redis: RedisClient) async throws -> Int64 {
            let before = try await redis.ticks(of: "pulse", in: "ticks").count
            var ticks: [Int64] = []
            try await eventually("ticks go on", within: .seconds(15), every: .milliseconds(100)) {
                ticks = try await redis.ticks(of: "pulse", in: "ticks")
                return ticks.count >= before + 3
            }
            return zip(ticks, ticks.dropFirst()).map { $1 - $0 }.max() ?? 0
        }
    }
}
