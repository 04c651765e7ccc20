import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Processes whose Redis is away: at their start, at their end, and for a socket file that is gone.
    @Suite(.serialized) struct AwayTests {
        private static let schedule = """
            version: 1
            queues: { test: { timeout: 1m } }
            pools: { all: { queues: ["test"], processes: 1, concurrency: 4, grace: 2s } }

            """

        private func worker(_ sandbox: Sandbox) async throws -> Running {
            let worker = try sandbox.start(["worker", "--pool", "all"])
            try await sandbox.run("enqueue", "flotilla.test.sleep", "--id", "held", "--args", #"{"seconds": 1}"#)
            try await eventually("the job runs", within: .seconds(20), every: .milliseconds(50)) {
                try await sandbox.json("jobs", "show", "held")["state"].text == "running"
            }
            return worker
        }

        @Test(.timeLimit(.minutes(2)), arguments: [1, 2])
        func `a worker ends within its grace when Redis is away, and says what it did not settle`(
            _ signals: Int
        ) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, redis in
                let worker = try await worker(sandbox)
                try await redis.kill9()
                for number in 1...signals {
                    kill(worker.pid, SIGTERM)
                    try await eventually("signal \(number) is heard", within: .seconds(10)) {
                        worker.log.contains(number == 1 ? "draining" : "stopping at once")
                    }
                }
                let start = ContinuousClock.now
                let outcome = try await worker.end(within: .seconds(15))
                #expect(outcome.status == 1, "\(outcome)")
                #expect(start.duration(to: .now) < .seconds(8))
                #expect(worker.log.contains("not settled: job held"), "\(worker.log)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a fleet ends within its grace when Redis is away, and says that it did not settle`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, redis in
                let up = try await Up.start(in: sandbox, workers: 1)
                try await sandbox.run("enqueue", "flotilla.test.sleep", "--id", "held", "--args", #"{"seconds": 1}"#)
                try await eventually("the job runs", within: .seconds(20), every: .milliseconds(50)) {
                    try await sandbox.json("jobs", "show", "held")["state"].text == "running"
                }
                try await redis.kill9()
                let outcome = try await up.interrupt(within: .seconds(20))
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.complaint.contains("Not everything was settled when the fleet stopped: "), "\(outcome)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a worker waits for Redis at its start`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, redis in
                let proxy = try await FaultProxy.start(for: redis.tcpAddress)
                try await proxy.refuse()
                let url = "redis://127.0.0.1:\(proxy.port)/0"
                let worker = try sandbox.start(["worker", "--pool", "all", "--redis", url])
                let other = try sandbox.start(["worker", "--pool", "all", "--redis", url])
                try await eventually("both wait", within: .seconds(40), every: .milliseconds(100)) {
                    worker.log.contains("waiting for Redis") && other.log.contains("waiting for Redis")
                }
                kill(other.pid, SIGTERM)
                _ = try await other.end(within: .seconds(5))
                try await proxy.accept()
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "first")
                try await eventually("it serves", within: .seconds(30), every: .milliseconds(100)) {
                    try await sandbox.json("jobs", "show", "first")["state"].text == "succeeded"
                }
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(15)).status == 0)
                try await proxy.stop()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a worker ends at once when waiting for Redis does not help`() async throws {
            try await withRedis(.init(password: "open"), schedule: Self.schedule) { sandbox, redis in
                for url in ["redis://:wrong@127.0.0.1:\(redis.port)/0", "redis://no-such-host.invalid:6379/0"] {
                    let worker = try await sandbox.run(
                        ["worker", "--pool", "all", "--redis", url], within: .seconds(25))
                    #expect(worker.status == 4, "\(worker)")
                }
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: [false, true])
        func `the fleet's own Redis gets its socket anew, and keeps its data`(_ alsoFiles: Bool) async throws {
            try await withSandbox(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 1)
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "before", "--in", "1h")
                let folder = sandbox.path(".flotilla/redis")
                if alsoFiles { try FileManager.default.removeItem(atPath: folder + "/appendonlydir") }
                try FileManager.default.removeItem(atPath: folder + "/redis.sock")
                try await eventually("commands work again", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.run("jobs", "show", "before").status == 0
                }
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "after")
                try await eventually("workers go on", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "after")["state"].text == "succeeded"
                }
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
