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
            let text = Self.base.replacing("queues: [test]", with: "queues: [test, fresh]")
                .replacing("pools:", with: "  fresh: { timeout: 30s }\npools:") + """
                schedules:
                  pulse: { job: flotilla.test.noop, queue: fresh, every: 1s }

                """
            try await edit(sandbox, text, workers: 1)
            try await eventually("ticks run on it", within: .seconds(30), every: .milliseconds(200)) {
                try await sandbox.json("status")["queues"].named("fresh")["processed_1m"].int >= 2
            }
        }

        private func concurrency(_ sandbox: Sandbox) async throws {
            let text = Self.base.replacing("concurrency: 2", with: "concurrency: 5, reserved: { test: 1 }")
                .replacing("queues: [test]", with: "queues: [test, other]")
                .replacing("pools:", with: "  other: { timeout: 2m }\npools:")
            try await edit(sandbox, text, workers: 1)
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
            try await edit(sandbox, more, workers: 4)
            #expect(try await up.workers(of: "all").count == 3)
            #expect(try await up.workers(of: "all").contains(first[0]))
            #expect(try await up.workers(of: "second").count == 1)
            let status = try await sandbox.json("status")
            #expect(status["pools"].named("all")["desired"].int == 3)
            #expect(status["pools"].named("all")["running"].int == 3)
            let renamed = Self.base.replacing("  all:", with: "  renamed:")
            try await edit(sandbox, renamed, workers: 1)
            #expect(try await up.workers(of: "renamed").count == 1)
            let check = try await sandbox.run("doctor")
            #expect(check.output.contains("workers go by schedule version"), "\(check)")
        }
    }
}
