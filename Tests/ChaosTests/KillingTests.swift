import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension Chaos {
    @Suite(.serialized) struct KillingTests {
        private static let jobs = 2_000
        private static let processes = 2
        private static let slots = 2
        /// Values that must come before the next kill.
        private static let step = 140
        /// Rounds in which redis-server is killed instead of a worker.
        private static let redisRounds: Set = [4, 9]

        private static let schedule = """
            version: 1
            queues: { test: { timeout: 1m, retry: { attempts: 20, base: 50ms, max: 500ms } } }
            pools: { all: { queues: [test], processes: \(processes), concurrency: \(slots), grace: 5s } }

            """

        @Test(.timeLimit(.minutes(3)))
        func `nothing is lost while workers and redis-server are killed again and again`() async throws {
            let seed = ChaosSettings.seed
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            try await withSandbox(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: Self.processes)
                let redis = try RedisClient.of(sandbox)
                try await enqueueAll(redis)
                var running = 0
                for round in 1... {
                    let target = round * Self.step
                    if target >= Self.jobs { break }
                    try await reach(target, redis, within: .seconds(40))
                    if Self.redisRounds.contains(round) {
                        running += Self.processes * Self.slots
                        try await killRedis(sandbox, redis)
                    } else {
                        running += Self.slots
                        try await killWorker(up, using: &random)
                    }
                }
                try await settles(redis, sandbox, duplicates: running, seed: seed)
                await redis.close()
                #expect(try await up.interrupt().status == 0)
                try await sandbox.isLeft()
            }
        }

        private func enqueueAll(_ redis: RedisClient) async throws {
            let broker = Broker(redis: redis)
            let jobs = try (0..<Self.jobs).map { number in
                let args = #"{"key": "marks", "value": "\#(number)", "milliseconds": 5}"#
                let kind = try JobKind("flotilla.test.record")
                return NewJob(kind: kind, queue: try QueueName("test"), payload: try JobPayload(json: args))
            }
            let made = try await broker.enqueue(jobs)
            #expect(made.count == Self.jobs)
        }

        private func count(_ redis: RedisClient) async throws -> Int {
            // While redis-server is away the answer is that nothing new is known.
            (try? await redis.send(["LLEN", "marks"]).int(of: "LLEN")) ?? 0
        }

        private func reach(_ target: Int, _ redis: RedisClient, within limit: Duration) async throws {
            try await eventually("\(target) values are there", within: limit, every: .milliseconds(10)) {
                try await count(redis) >= target
            }
        }

        private func killWorker(_ up: Up, using random: inout SeededRandom) async throws {
            var workers: [pid_t] = []
            try await eventually("a worker lives", within: .seconds(15), every: .milliseconds(50)) {
                workers = try await up.workers(of: "all").sorted()
                return !workers.isEmpty
            }
            let victim = try #require(workers.randomElement(using: &random))
            kill(victim, SIGKILL)
        }

        private func killRedis(_ sandbox: Sandbox, _ redis: RedisClient) async throws {
            let server = sandbox.processes.first { pid in
                let name = FileManager.default.contents(atPath: "/proc/\(pid)/comm") ?? Data()
                return String(decoding: name, as: UTF8.self) == "redis-server\n"
            }
            kill(try #require(server), SIGKILL)
            let before = try await count(redis)
            try await reach(before + 20, redis, within: .seconds(10))
        }

        private func settles(_ redis: RedisClient, _ sandbox: Sandbox, duplicates: Int, seed: UInt64) async throws {
            try await eventually("all jobs have succeeded", within: .seconds(60), every: .milliseconds(100)) {
                try await sandbox.json("queues", "list").named("test")["succeeded"].int >= Self.jobs
            }
            let values = try await redis.list("marks")
            let missing = Set((0..<Self.jobs).map(String.init)).subtracting(values)
            #expect(missing.isEmpty, "seed \(seed), missing: \(missing.sorted())")
            #expect(values.count - Self.jobs <= duplicates, "seed \(seed), \(values.count - Self.jobs) duplicates")
            let queue = try await sandbox.json("queues", "list").named("test")
            for state in ["ready", "running", "scheduled", "retrying", "dead"] {
                #expect(queue[state].int == 0, "seed \(seed), \(state): \(queue)")
            }
            #expect(queue["succeeded"].int == Self.jobs, "seed \(seed), \(queue)")
            print("\(values.count - Self.jobs) values came twice, at most \(duplicates) may")
        }
    }
}
