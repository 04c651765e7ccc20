import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever keeps jobs from running is shown where people look first.
    @Suite(.serialized) struct HeldJobsTests {
        private static let schedule = """
            version: 1
            limits: { scarce: { rate: 1/h, burst: 1 } }
            circuits: { bank: { failures: 5 } }
            queues:
              test: { circuit: bank }
              counted: { limit: scarce }
            pools: { all: { queues: [test, counted], processes: 1, concurrency: 2, grace: 1s } }

            """

        private func withFleet(_ body: (Sandbox, RedisClient) async throws -> Void) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        private func enqueue(_ words: String..., in sandbox: Sandbox) async throws {
            let outcome = try await sandbox.run(["enqueue"] + words)
            #expect(outcome.status == 0, "\(outcome)")
        }

        private func hold(_ cause: String, of queue: String, in sandbox: Sandbox) async throws -> JSON {
            let lists = [try await sandbox.json("status")["queues"], try await sandbox.json("queues", "list")]
            let holds = lists.map { list in
                list.named(queue)["holds"].array.first { $0["cause"].text == cause } ?? .null
            }
            #expect(holds[0]["count"] == holds[1]["count"], "status and queues list differ: \(holds)")
            return holds[0]
        }

        private func reaches(_ state: String, _ id: String, in sandbox: Sandbox) async throws {
            try await eventually("job \(id) is \(state)", within: .seconds(30), every: .milliseconds(50)) {
                try await sandbox.json("jobs", "show", id)["state"].text == state
            }
        }

        /// Moves everything that a job's record says two minutes into the past.
        private func age(_ id: String, _ redis: RedisClient) async throws {
            let key = RedisWord.text("flotilla:1:{test}:jobs")
            let record = try await redis.send(["HGET", key, .text(id)]).string()
            let older = record.replacing(/[0-9]{13}/) { "\((Int64($0.output) ?? 0) - 120_000)" }
            _ = try await redis.send(["HSET", key, .text(id), .text(older)])
        }

        @Test func `a queue that no worker serves is shown at once, and fails the check after a minute`() async throws {
            try await withFleet { sandbox, redis in
                try await enqueue("flotilla.test.noop", "--id", "alone", in: sandbox)
                #expect(try await hold("unserved", of: "test", in: sandbox)["count"].int == 1)
                let table = try await sandbox.run("queues", "list")
                #expect(table.output.contains("no worker serves it"), "\(table)")
                let shown = try await sandbox.run("jobs", "show", "alone")
                #expect(shown.output.contains("no live worker serves queue 'test'"), "\(shown)")
                let doctor = try await sandbox.run("doctor")
                #expect(doctor.status == 8 && doctor.output.contains("no live worker serves queue 'test'"))

                _ = try sandbox.start(["scheduler"])
                _ = try sandbox.start(["worker", "--queues", "counted"])
                try await eventually("only the queue is wrong", within: .seconds(30), every: .milliseconds(100)) {
                    let status = try await sandbox.json("status")
                    return !status["workers"].array.isEmpty && !status["scheduler"]["leader"].text.isEmpty
                }
                let young = try await sandbox.json("status")["troubles"].array.map(\.text)
                #expect(!young.contains { $0.contains("no live worker serves") }, "\(young)")
                try await age("alone", redis)
                let check = try await sandbox.run("status", "--check")
                #expect(check.status == 8, "\(check)")
                let troubles = try await sandbox.json("status")["troubles"].array.map(\.text)
                #expect(troubles.contains { $0.contains("no live worker serves queue 'test'") }, "\(troubles)")
            }
        }

        @Test func `jobs of a kind that nobody knows are shown, and fail the check after a minute`() async throws {
            try await withFleet { sandbox, redis in
                try await enqueue("flotilla.test.noop", "--id", "strange", in: sandbox)
                _ = try sandbox.start(["scheduler"])
                _ = try sandbox.start(["worker", "--pool", "all"], environment: ["FLOTILLA_TEST_JOBS": "0"])
                try await reaches("parked", "strange", in: sandbox)
                let status = try await sandbox.json("status")
                #expect(status["queues"].named("test")["parked"].int == 1, "\(status)")
                let unknown = try await hold("unknown-kind", of: "test", in: sandbox)
                #expect(unknown["name"].text == "flotilla.test.noop" && unknown["count"].int == 1, "\(unknown)")
                for words in [["status"], ["queues", "list"], ["jobs", "show", "strange"], ["doctor"]] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.output.contains("a worker that knows kind 'flotilla.test.noop'"), "\(outcome)")
                }
                let young = status["troubles"].array.map(\.text)
                #expect(!young.contains { $0.contains("knows kind") }, "\(young)")
                try await age("strange", redis)
                try await eventually("the check says so", within: .seconds(30), every: .milliseconds(200)) {
                    let check = try await sandbox.run("status", "--check")
                    return check.status == 8 && check.complaint.contains("knows kind 'flotilla.test.noop'")
                }
            }
        }

        @Test func `an open circuit says what it holds, since when and until when`() async throws {
            try await withFleet { sandbox, _ in
                #expect(
                    try await sandbox.run("circuits", "open", "bank", "--for", "10m", "--reason", "strike").status == 0)
                _ = try sandbox.start(["worker", "--pool", "all"])
                try await enqueue("flotilla.test.noop", "--id", "held", in: sandbox)
                try await eventually("a worker lives", within: .seconds(30), every: .milliseconds(100)) {
                    try await !sandbox.json("status")["workers"].array.isEmpty
                }
                let open = try await hold("circuit", of: "test", in: sandbox)
                #expect(open["name"].text == "bank" && open["count"].int == 1, "\(open)")
                #expect(!open["since"].text.isEmpty && !open["until"].text.isEmpty, "\(open)")
                let circuit = try await sandbox.json("status")["circuits"].named("bank")
                #expect(circuit["state"].text == "open" && circuit["reason"].text == "strike")
                for words in [["status"], ["queues", "list"], ["jobs", "show", "held"], ["doctor"]] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.output.contains("circuit 'bank' is open (by hand: strike), "), "\(outcome)")
                }
                #expect(try await sandbox.json("jobs", "show", "held")["held"].text.contains("circuit 'bank' is open"))
                #expect(try await sandbox.run("circuits", "reset", "bank").status == 0)
                try await reaches("succeeded", "held", in: sandbox)
                #expect(try await hold("circuit", of: "test", in: sandbox) == .null)
            }
        }

        @Test func `a concurrency key, an empty limit, a due time and a pause are told apart`() async throws {
            try await withFleet { sandbox, _ in
                _ = try sandbox.start(["worker", "--pool", "all"])
                let sleep = ["flotilla.test.sleep", "--args", #"{"seconds": 60}"#, "--cap", "key"]
                for id in ["first", "second"] {
                    #expect(try await sandbox.run(["enqueue"] + sleep + ["--id", id]).status == 0)
                }
                try await reaches("parked", "second", in: sandbox)
                #expect(try await hold("concurrency-key", of: "test", in: sandbox)["name"].text == "key")
                #expect(try await sandbox.json("jobs", "list", "--state", "parked")[0]["id"].text == "second")
                #expect(
                    try await sandbox.run("jobs", "show", "second").output.contains("for concurrency key 'key'"))

                for id in ["paid", "unpaid"] {
                    try await enqueue("flotilla.test.noop", "--queue", "counted", "--id", id, in: sandbox)
                }
                try await reaches("succeeded", "paid", in: sandbox)
                #expect(try await hold("limit", of: "counted", in: sandbox)["name"].text == "scarce")

                try await enqueue("flotilla.test.noop", "--id", "later", "--in", "1h", in: sandbox)
                #expect(try await hold("due-later", of: "test", in: sandbox)["count"].int == 1)
                try await sandbox.run("queues", "pause", "counted", "--for", "1h", "--reason", "look")
                let paused = try await hold("paused", of: "counted", in: sandbox)
                #expect(paused["reason"].text == "look" && !paused["until"].text.isEmpty, "\(paused)")
            }
        }
    }
}
