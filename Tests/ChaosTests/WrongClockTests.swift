import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    /// The clock of Redis itself is wrong for a while: hours or decades ahead, or behind.
    @Suite(.serialized) struct WrongClockTests {
        private static let schedule = """
            version: 1
            queues:
              load: { timeout: 30s, retry: { attempts: 60, base: 50ms, max: 500ms } }
              ticks: { timeout: 30s, retry: { attempts: 60, base: 50ms, max: 500ms } }
            pools: { all: { queues: ["*"], processes: 2, concurrency: 4, grace: 5s } }
            schedules:
              each-second: { job: flotilla.test.record, queue: ticks, every: 1s, overlap: allow, misfire: skip, \
            args: { key: ticked, value: "{id}", milliseconds: 5 } }

            """

        private static let (minute, hour, day): (Int64, Int64, Int64) = (60, 3_600, 86_400)
        /// Seconds that the clock is off by, one after another; right again after each.
        private static let short = [3 * hour, 7_300 * day, -day]
        private static let long = [
            2 * hour, 3 * hour, -2 * hour, 400 * day, 7_300 * day, -30 * day, 10 * minute, -10 * minute, 14 * day,
            -7_300 * day,
        ]

        @Test(.timeLimit(.minutes(30)))
        func `a fleet recovers within a minute from a clock that was wrong, and runs nothing twice`() async throws {
            let clock = try await ClockOffset()
            var options = TemporaryRedis.Options(appendOnly: true)
            options.environment = clock.environment
            try await withRedis(options, schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let up = try await Up.start(in: sandbox, workers: 2)
                let redis = server.client()
                let broker = Broker(redis: redis)
                let load = Load(
                    broker: broker, queues: [try QueueName("load")],
                    mix: JobMix(seed: ChaosSettings.seed, recordMilliseconds: 20))
                let finished = FinishedJobs(
                    redis: server.client(), queues: try ["load", "ticks"].map { try QueueName($0) })
                async let watching: Void = finished.watch()
                async let loading: Void = load.run(perSecond: 40)
                for offset in ChaosSettings.isLong ? Self.long : Self.short {
                    try await ticks(redis, more: 3, "before \(offset) s")
                    clock.set(seconds: offset)
                    await hold(for: .seconds(ChaosSettings.isLong ? 30 : 8), on: ContinuousClock())
                    clock.set(seconds: 0)
                    try await ticks(redis, more: 3, "after \(offset) s")
                    let done = await finished.count
                    try await eventually("jobs run after \(offset)", within: .seconds(60), every: .milliseconds(100)) {
                        await finished.count > done + 40
                    }
                }
                await load.stop()
                try await loading
                try await broker.settles([try QueueName("load"), try QueueName("ticks")])
                await finished.stop()
                await watching
                try await finished.look()
                try await finished.lookAtDead()
                let endings = await finished.endings
                let accepted = await load.accepted
                let values = try await redis.valueCounts(PlannedJob.values)
                #expect(accepted.keys.allSatisfy { values[$0] != nil }, "lost")
                #expect(
                    endings.values.allSatisfy { $0.mark == .succeeded },
                    "dead: \(endings.filter { $1.mark != .succeeded })")
                let twice = await finished.twice
                #expect(twice.isEmpty, "ended twice: \(twice)")
                // Each tick once: a job that ran again says why in its history. Finished jobs that look old at a clock
                // that is ahead are forgotten at once, so that the history of a few is not known.
                let ticked = try await redis.valueCounts("ticked")
                let unexplained = ticked.filter { id, runs in
                    runs > 1 + (endings[id]?.events.values.reduce(0, +) ?? 0)
                }
                #expect(unexplained.isEmpty, "ran again without a reason: \(unexplained)")
                #expect(ticked.count >= 18 && ticked.keys.allSatisfy { $0.hasPrefix("each-second@") }, "\(ticked)")
                #expect(try await up.interrupt().status == 0)
            }
        }

        /// Waits until the entry has ticked so many times more.
        private func ticks(_ redis: RedisClient, more: Int, _ when: String) async throws {
            let before = try await redis.send(["LLEN", "ticked"]).int(of: "LLEN")
            try await eventually("the schedule ticks \(when)", within: .seconds(60), every: .milliseconds(100)) {
                try await redis.send(["LLEN", "ticked"]).int(of: "LLEN") >= before + more
            }
        }
    }
}
