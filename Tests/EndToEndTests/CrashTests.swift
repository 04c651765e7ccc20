import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct CrashTests {
        @Test(.timeLimit(.minutes(2)))
        func `a worker that is killed is replaced, and its job runs again`() async throws {
            let schedule = Schedules.everyQueue(processes: 2)
            try await withSandbox(schedule: schedule, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                let args = #"{"key": "marks", "value": "slow", "milliseconds": 2500}"#
                try await sandbox.run("enqueue", "flotilla.test.record", "--id", "slow", "--args", args)
                try await sandbox.run("enqueue", "flotilla.test.noop", "--count", "50")
                let victim = try await runner(of: "slow", sandbox)
                #expect(kill(victim, SIGKILL) == 0)
                try await eventually("the job has run again", within: .seconds(15), every: .milliseconds(100)) {
                    try await sandbox.json("jobs", "show", "slow")["state"].text == "succeeded"
                }
                let job = try await sandbox.json("jobs", "show", "slow")
                let crash = job["history"].array.first { $0["event"].text == "crashed" }
                #expect(crash?["worker"].text.contains("-\(victim)-") == true, "\(job)")
                #expect(crash?["detail"].text.contains("signal 9") == true, "\(job)")
                #expect(job["crashes"].int == 1)
                try await up.serves(workers: 2)
                let redis = try RedisClient.of(sandbox)
                #expect(try await redis.list("marks") == ["slow", "slow"])
                await redis.close()
                try await eventually("nothing is lost", every: .milliseconds(100)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 51
                }
            }
        }

        /// The process that runs a job, from its worker's id.
        private func runner(of id: String, _ sandbox: Sandbox) async throws -> pid_t {
            var pid: pid_t?
            try await eventually("job \(id) runs", within: .seconds(10), every: .milliseconds(50)) {
                let job = try await sandbox.json("jobs", "show", id)
                pid = job["state"].text == "running" ? Sandbox.process(of: job["worker"].text) : nil
                return pid != nil
            }
            return try #require(pid)
        }

        @Test(.timeLimit(.minutes(2)))
        func `a job that kills its worker is dead after three crashes, and its neighbours are well`() async throws {
            let schedule = Schedules.everyQueue(processes: 2)
            try await withSandbox(schedule: schedule, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                try await sandbox.run("enqueue", "flotilla.test.crash", "--id", "boom")
                let slow = ["enqueue", "flotilla.test.sleep", "--args", #"{"seconds": 0.1}"#, "--count", "40"]
                try await sandbox.run(slow)
                try await eventually("the job is dead", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "boom")["state"].text == "dead"
                }
                let job = try await sandbox.json("failed", "show", "boom")
                #expect(job["crashes"].int == 3)
                #expect(job["history"].array.count { $0["event"].text == "crashed" } == 3, "\(job)")
                #expect(job["error"]["message"].text.contains("signal 9"), "\(job)")
                try await eventually("its neighbours succeed", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 40
                }
                #expect(try await sandbox.json("queues", "list").named("test")["dead"].int == 1)
                try await up.serves(workers: 2)
                let check = try await sandbox.run("status", "--check")
                #expect(check.status == 8)
                #expect(check.complaint.contains("1 job is dead"), "\(check)")
            }
        }

        /// They are enqueued before any worker is there, so that the first one takes them all together.
        @Test(.timeLimit(.minutes(2)))
        func `the neighbours that a crashing job was fetched with are not given up with it`() async throws {
            let schedule = Schedules.everyQueue(processes: 1, concurrency: 8)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                try await sandbox.run("enqueue", "flotilla.test.crash", "--id", "boom")
                try await sandbox.run([
                    "enqueue", "flotilla.test.sleep", "--args", #"{"seconds": 0.1}"#, "--count", "7",
                ])
                let workers = try sandbox.start(["worker", "--pool", "all", "--processes", "2"])
                try await eventually("the job is dead", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "boom")["state"].text == "dead"
                }
                try await eventually("its neighbours succeed", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 7
                }
                #expect(try await sandbox.json("queues", "list").named("test")["dead"].int == 1)
                kill(workers.pid, SIGTERM)
                #expect(try await workers.end(within: .seconds(30)).status == 0)
            }
        }
    }
}
