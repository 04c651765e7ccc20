import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    @Suite(.serialized) struct ShortJobsTests {
        private static let jobs = ChaosSettings.isLong ? 10_000 : 3_000
        private static let seconds = ChaosSettings.isLong ? 60 : 18
        private static let processes = 4
        private static let slots = 2

        private static let schedule = """
            version: 1
            queues: { test: { timeout: 1m, retry: { attempts: 20, base: 50ms, max: 500ms } } }
            pools: { all: { queues: [test], concurrency: \(slots), grace: 5s } }

            """

        /// The jobs are enqueued over the whole time, so that every kill meets some.
        @Test(.timeLimit(.minutes(5)))
        func `every value is there although one of four workers is killed every two seconds`() async throws {
            print("seed \(ChaosSettings.seed)")
            let options = TemporaryRedis.Options(appendOnly: true, arguments: ["--appendfsync", "always"])
            try await withRedis(options, schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let queue = try QueueName("test")
                let broker = Broker(redis: server.client())
                let fleet = try sandbox.start(["worker", "--pool", "all", "--processes", "\(Self.processes)"])
                try await eventually("all workers serve", within: .seconds(30), every: .milliseconds(100)) {
                    try await WorkerRegistry(broker: broker).live().count >= Self.processes
                }
                let load = Load(
                    broker: broker, queues: [queue], mix: JobMix(seed: ChaosSettings.seed, recordMilliseconds: 5))
                let finished = FinishedJobs(redis: server.client(), queues: [queue])
                async let watching: Void = finished.watch()
                async let loading: Void = load.run(perSecond: Self.jobs / Self.seconds, upTo: Self.jobs)
                let kills = await killWorkers(of: sandbox)
                try await loading
                try await broker.settles([queue], within: .seconds(90))
                await finished.stop()
                await watching
                try await finished.look()
                try await finished.lookAtDead()
                #expect(try await sandbox.end([fleet]) == [0])
                try judge(
                    Reckoning(
                        accepted: await load.accepted, endings: await finished.endings,
                        values: try await server.client().valueCounts(PlannedJob.values)),
                    kills: kills, endedTwice: await finished.twice)
                #expect(try await sandbox.audit().hasPrefix("clean"))
            }
        }

        private func killWorkers(of sandbox: Sandbox) async -> Int {
            var random = SeededRandom(seed: ChaosSettings.seed)
            var pace = Pace(every: .seconds(2), on: ContinuousClock())
            var kills = 0
            for _ in 0..<Self.seconds / 2 {
                guard await pace.beat() else { break }
                // The supervisor holds back what has died several times in a row: at times none may be there.
                if let victim = sandbox.workers.randomElement(using: &random), kill(victim, SIGKILL) == 0 { kills += 1 }
            }
            return kills
        }

        private func judge(_ jobs: Reckoning, kills: Int, endedTwice: [String]) throws {
            print("\(jobs.jobs) jobs, \(kills) kills: \(jobs.lost.count) lost, \(jobs.again) ran again")
            #expect(jobs.jobs == Self.jobs)
            #expect(kills >= Self.seconds / 4)
            #expect(jobs.lost.isEmpty && jobs.strangers.isEmpty && endedTwice.isEmpty, "\(jobs.records(of: jobs.lost))")
            #expect(jobs.wrong.isEmpty, "\(jobs.records(of: jobs.wrong))")
            #expect(jobs.unexplained.isEmpty, "\(jobs.records(of: jobs.unexplained))")
            #expect(jobs.again <= kills * Self.slots)
        }
    }
}
