import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Edits of each kind of setting in the file of a running fleet, and that they are obeyed.
    @Suite(.serialized) struct LiveEditTests {
        private static let base = """
            version: 1
            limits: { api: { rate: 1000/s, burst: 1000 } }
            queues:
              test: { timeout: 1m, limit: api, retry: { attempts: 1 } }
            pools:
              all: { queues: [test], processes: 1, concurrency: 2, grace: 5s }

            """

        /// With a queue of its own and a schedule on it, which an edit must not take away unless it means to.
        private static func pulsing(_ text: String) -> String {
            text.replacing("queues: [test", with: "queues: [test, fresh")
                .replacing("\npools:", with: "\n  fresh: { timeout: 30s }\npools:") + """
                schedules:
                  pulse: { job: flotilla.test.noop, queue: fresh, every: 1s }

                """
        }

        private func edit(_ sandbox: Sandbox, _ text: String, workers: Int) async throws {
            let before = try await sandbox.json("status")["scheduler"]["schedule_version"].int
            try sandbox.write(text, to: "schedules.yaml")
            try await eventually("\(workers) workers go by the edit", within: .seconds(60), every: .milliseconds(200)) {
                let status = try await sandbox.json("status")
                let version = status["scheduler"]["schedule_version"].int
                let live = status["workers"].array.filter { $0["state"].text == "running" }
                return version > before && live.count == workers && live.allSatisfy { $0["version"].int == version }
            }
        }

        private func state(of id: String, _ sandbox: Sandbox) async throws -> String {
            try await sandbox.json("jobs", "show", id)["state"].text
        }

        private func ends(_ id: String, as state: String, _ sandbox: Sandbox) async throws {
            try await eventually("\(id) is \(state)", within: .seconds(30), every: .milliseconds(200)) {
                try await self.state(of: id, sandbox) == state
            }
        }

        @Test(.timeLimit(.minutes(6)))
        func `every setting of the file is obeyed by the workers that run`() async throws {
            try await withSandbox(schedule: Self.base, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 1)
                let first = try await up.workers(of: "all")
                try await timeoutAndRetry(sandbox)
                try await rate(sandbox)
                try await newQueueWithSchedule(sandbox)
                try await concurrency(sandbox)
                // All of that without another process.
                #expect(try await up.workers(of: "all") == first)
                try await processes(sandbox, up, first)
                #expect(try await up.interrupt().status == 0)
            }
        }

        private func timeoutAndRetry(_ sandbox: Sandbox) async throws {
            try await edit(
                sandbox, Self.base.replacing("timeout: 1m", with: "timeout: 1s").replacing(
                    "attempts: 1", with: "attempts: 2, base: 100ms, jitter: none"), workers: 1)
            let args = #"{"seconds": 50}"#
            try await sandbox.run("enqueue", "flotilla.test.sleep", "--args", args, "--id", "too-long")
            try await ends("too-long", as: "dead", sandbox)
            #expect(try await sandbox.json("jobs", "show", "too-long")["attempt"].int == 2)
        }

        private func rate(_ sandbox: Sandbox) async throws {
            try await edit(
                sandbox, Self.base.replacing("rate: 1000/s, burst: 1000", with: "rate: 8/h, burst: 8"), workers: 1)
            try await sandbox.run("enqueue", "flotilla.test.noop", "--count", "12")
            // Those that ran before the edit may count in its hour, too.
            try await eventually("the limit is used up", within: .seconds(30), every: .milliseconds(200)) {
                let status = try await sandbox.json("status")
                let (limit, queue) = (status["limits"].named("api"), status["queues"].named("test"))
                return limit["rate"].int == 0 && queue["running"].int == 0 && (4...8).contains(queue["ready"].int)
            }
            // A rate that an operator has set wins over the file.
            #expect(try await sandbox.run("limits", "set", "api", "1000/s", "--burst", "1000").status == 0)
            try await eventually("all have run", within: .seconds(30), every: .milliseconds(200)) {
                try await sandbox.json("status")["queues"].named("test")["ready"].int == 0
            }
            try await sandbox.run("limits", "reset", "api")
            try await edit(sandbox, Self.base.replacing("limit: api, ", with: ""), workers: 1)
            try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "free")
            try await ends("free", as: "succeeded", sandbox)
        }

        private func newQueueWithSchedule(_ sandbox: Sandbox) async throws {
            let text = Self.pulsing(Self.base)
            try await edit(sandbox, text, workers: 1)
            try await eventually("ticks run on it", within: .seconds(30), every: .milliseconds(200)) {
                try await sandbox.json("status")["queues"].named("fresh")["processed_1m"].int >= 2
            }
        }

        private func concurrency(_ sandbox: Sandbox) async throws {
            let text = Self.base.replacing("concurrency: 2", with: "concurrency: 5, reserved: { test: 1 }")
                .replacing("queues: [test]", with: "queues: [test, other]")
                .replacing("pools:", with: "  other: { timeout: 2m }\npools:")
            try await edit(sandbox, Self.pulsing(text), workers: 1)
            let args = #"{"seconds": 60}"#
            try await sandbox.run(
                "enqueue", "flotilla.test.sleep", "--args", args, "--queue", "other", "--count", "6")
            try await eventually("four run, one slot is kept", within: .seconds(30), every: .milliseconds(200)) {
                try await sandbox.json("status")["queues"].named("other")["running"].int == 4
            }
            try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "reserved")
            try await ends("reserved", as: "succeeded", sandbox)
            #expect(try await sandbox.json("status")["queues"].named("other")["ready"].int == 2)
            try await sandbox.run("queues", "purge", "other", "--yes")
        }

        private func processes(_ sandbox: Sandbox, _ up: Up, _ first: [pid_t]) async throws {
            let more = Self.base.replacing("processes: 1", with: "processes: 3")
                .replacing("pools:", with: "pools:\n  second: { queues: [test], processes: 1, grace: 5s }")
            try await edit(sandbox, Self.pulsing(more), workers: 4)
            #expect(try await up.workers(of: "all").count == 3)
            #expect(try await up.workers(of: "all").contains(first[0]))
            #expect(try await up.workers(of: "second").count == 1)
            let status = try await sandbox.json("status")
            #expect(status["pools"].named("all")["desired"].int == 3)
            #expect(status["pools"].named("all")["running"].int == 3)
            let renamed = Self.base.replacing("  all:", with: "  renamed:")
            try await edit(sandbox, Self.pulsing(renamed), workers: 1)
            #expect(try await up.workers(of: "renamed").count == 1)
            let check = try await sandbox.run("doctor")
            #expect(check.output.contains("workers go by schedule version"), "\(check)")
        }

        @Test(.timeLimit(.minutes(4)))
        func `who lags behind is told until nobody does`() async throws {
            try await withSandbox(schedule: Self.base, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 1)
                let worker = try #require(try await up.workers(of: "all").first)
                #expect(try await sandbox.run("status", "--check").status == 0)
                kill(worker, SIGSTOP)
                try sandbox.write(Self.base.replacing("1m", with: "2m"), to: "schedules.yaml")
                // It is seen for fifteen seconds after its last heartbeat.
                try await eventually("the check says it", within: .seconds(30), every: .milliseconds(300)) {
                    let check = try await sandbox.run("status", "--check")
                    return check.status == 8
                        && check.complaint.contains("1 of 1 workers do not go by schedule version 2")
                }
                kill(worker, SIGCONT)
                try await eventually("nobody lags", within: .seconds(30), every: .milliseconds(300)) {
                    try await sandbox.run("status", "--check").status == 0
                }
                let applied = try await sandbox.run("schedule", "rollback", "1", "--yes")
                #expect(applied.status == 0 && applied.output.contains("The one worker goes by it."), "\(applied)")
                #expect(try await sandbox.json("status")["workers"].array.map { $0["version"].int } == [3])
                #expect(try await up.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a worker needs no file when Redis has a version`() async throws {
            try await withRedis(schedule: Self.base, environment: Schedules.testJobs) { sandbox, _ in
                #expect(try await sandbox.run("schedule", "apply").status == 0)
                try FileManager.default.removeItem(atPath: sandbox.path("schedules.yaml"))
                let worker = try sandbox.start(["worker", "--pool", "all"])
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "fileless")
                try await ends("fileless", as: "succeeded", sandbox)
                #expect(worker.log.contains("schedule version 1 is active; the file here does not count"))
                #expect(try await sandbox.json("status")["workers"].array.map { $0["version"].int } == [1])
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(20)).status == 0)
            }
        }
    }
}
